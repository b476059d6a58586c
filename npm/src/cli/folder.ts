// A project's folder as the command reads it: its package.json, what lies in it, what is installed for it. What kind of
// project that makes is decided elsewhere.

import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { Refused } from './failure.js'

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

/** Reads a folder's package.json. */
export async function open(at: string): Promise<Folder> {
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

/** Whether a file is there, and no folder by that name. */
export const isFile = (...at: string[]): Promise<boolean> =>
  stat(path.join(...at)).then(
    (it) => it.isFile(),
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
