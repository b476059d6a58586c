// The installed package's modules, as a program that depends on it imports them.

import { mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

import { root } from '../../scripts/project.mjs'
import { project } from './pack.mjs'

/**
 * Imports `specifiers`, by name, in a new project that has the package and Next.js: the modules by these names, the
 * project's `folder`, and a way to be rid of it. `change(folder)` is called before anything is imported.
 */
export async function imported(specifiers, change = async () => {}) {
  const lines = Object.entries(specifiers).map(([name, specifier]) => `export * as ${name} from '${specifier}'\n`)
  const { folder, dispose } = await project({ 'all.mjs': lines.join('') })
  await mkdir(path.join(folder, 'node_modules'), { recursive: true })
  await symlink(path.join(root, 'node_modules/next'), path.join(folder, 'node_modules/next'))
  await change(path.join(folder, 'node_modules/pintle'))
  const modules = await import(pathToFileURL(path.join(folder, 'all.mjs')).href)
  return { ...modules, folder, dispose }
}
