// What kind of project a folder is, found out by reading it, and why it is taken for that.

import { type Folder, open } from './folder.js'
import { type NextApp, nextApp } from './next_app.js'
import { type StaticSite, staticSite } from './static_site.js'

export type Project = NextApp | StaticSite

/** Reads a folder and finds out what it is. `assets` is where the user says that a static site's pages are. */
export async function look(at: string, assets?: string): Promise<{ folder: Folder; project: Project }> {
  const folder = await open(at)
  const app = assets === undefined ? await nextApp(folder) : undefined
  return { folder, project: app ?? (await staticSite(folder, assets)) }
}
