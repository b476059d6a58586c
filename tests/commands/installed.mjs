// The command `pintle` as its users have it: installed by npm from what `npm pack` makes, into a folder of theirs.

import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { root } from '../../scripts/project.mjs'
import { run } from '../../scripts/run.mjs'
import { packed } from '../npm/pack.mjs'

/** Runs a program to its end: `code`, and what it wrote. */
export function execute(command, args, { cwd, input = '', env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, NO_COLOR: '1', ...env } })
    const written = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'])
      child[name].setEncoding('utf8').on('data', (text) => (written[name] += text))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...written }))
    // A command that reads nothing may have ended already.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

/**
 * Installs the package into an empty folder. Resolves to the `folder`, `pintle(args, options)`, which runs the command
 * there or in `options.cwd`, `project(files)`, which makes another folder that holds these files, and `dispose`.
 */
export async function installed() {
  const home = await mkdtemp(path.join(tmpdir(), 'pintle-command-'))
  const folder = path.join(home, 'empty')
  await mkdir(folder)
  await run('npm', ['install', '--prefix', folder, '--offline', '--no-audit', '--no-fund', await packed()])
  const command = path.join(folder, 'node_modules/.bin/pintle')
  let projects = 0
  return {
    folder,
    pintle: (args, options) => execute(command, args, { cwd: folder, ...options }),
    async project(files, { name = `project-${++projects}`, hasPackage = false } = {}) {
      const at = path.join(home, name)
      await mkdir(at, { recursive: true })
      for (const [file, content] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(at, file)), { recursive: true })
        await writeFile(path.join(at, file), typeof content === 'string' ? content : JSON.stringify(content))
      }
      if (hasPackage) {
        await cp(path.join(folder, 'node_modules/pintle'), path.join(at, 'node_modules/pintle'), { recursive: true })
      }
      return at
    },
    dispose: () => rm(home, { recursive: true, force: true }),
  }
}

/** Runs the repository's Wrangler in a folder, as a user's `npx wrangler` would run theirs. */
export const wrangler = (args, cwd) =>
  execute(path.join(root, 'node_modules/.bin/wrangler'), args, { cwd, env: { WRANGLER_SEND_METRICS: 'false' } })
