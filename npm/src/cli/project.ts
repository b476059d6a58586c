// What kind of project a folder is, found out by reading it, and why it is taken for that.

import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { Refused } from './failure.js'
import { type NextApp, nextApp } from './next_app.js'
import { type StaticSite, staticSite } from './static_site.js'

/** A project folder, as much of it as was read. */
export interface Folder {
  /** Its absolute path. */
  path: string
  /** Its package.json; `{}` when there is none. */
  manifest: Manifest
  dependencies: Record<string, string>
}

interface Manifest {
  name?: string
  scripts?: Record<string, string>
}

export type Project = NextApp | StaticSite

/** Reads a folder and finds out what it is. `assets` is where the user says that a static site's pages are. */
export async function look(at: string, assets?: string): Promise<{ folder: Folder; project: Project }> {
  const folder = await open(at)
  const app = assets === undefined ? await nextApp(folder) : undefined
  return { folder, project: app ?? (await staticSite(folder, assets)) }
}

async function open(at: string): Promise<Folder> {
  const text = await readFile(path.join(at, 'package.json'), 'utf8').catch(() => undefined)
  let manifest: Manifest & { dependencies?: object; devDependencies?: object } = {}
  try {
    manifest = text === undefined ? {} : (JSON.parse(text) ?? {})
  } catch (error) {
    throw new Refused(`package.json is not JSON (${(error as Error).message}): mend it and run this again`)
  }
  return { path: at, manifest, dependencies: { ...manifest.devDependencies, ...manifest.dependencies } }
}

/** Whether a file or folder is there. */
export const exists = (...at: string[]): Promise<boolean> =>
  stat(path.join(...at)).then(
    () => true,
    () => false,
  )

/** The first of some names that is there. */
export async function firstOf(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) if (await exists(folder, name)) return name
  return undefined
}

/** Where an installed package is, looked for as Node.js does: in node_modules here, and in every folder above. */
export async function installed(name: string, folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = path.dirname(at)) {
    const home = path.join(at, 'node_modules', name)
    if (await exists(home, 'package.json')) return home
    if (at === path.dirname(at)) return undefined
  }
}
