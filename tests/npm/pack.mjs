// The npm package as its users get it: what `npm pack` makes of npm/, installed into a folder.

import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { root } from '../../scripts/project.mjs'
import { run } from '../../scripts/run.mjs'

let tarball

/** Packs the built package, once for a program; resolves to the path of the .tgz. */
export function packed() {
  tarball ??= (async () => {
    // One for each program: several may run at once.
    const folder = await mkdtemp(path.join(tmpdir(), 'pintle-packed-'))
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
    const [{ filename }] = JSON.parse(
      await run('npm', ['pack', path.join(root, 'npm'), '--pack-destination', folder, '--json', '--silent']),
    )
    return path.join(folder, filename)
  })()
  return tarball
}

/** Puts the packed package into `folder/node_modules/pintle`, as `npm install` would; it has no dependencies. */
export async function install(folder) {
  const home = path.join(folder, 'node_modules/pintle')
  await rm(home, { recursive: true, force: true })
  await mkdir(home, { recursive: true })
  await run('tar', ['-xzf', await packed(), '-C', home, '--strip-components=1'])
  return home
}

/** A new empty project with the package in it: its folder, and a way to be rid of it. */
export async function project(files = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'pintle-'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), content)
  }
  await install(folder)
  return { folder, dispose: () => rm(folder, { recursive: true, force: true }) }
}

/** The package.json of the package. */
export const manifest = JSON.parse(await readFile(path.join(root, 'npm/package.json'), 'utf8'))
