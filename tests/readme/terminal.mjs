// A terminal in a folder, in which the READMEs' commands are typed as they stand there.

import { spawn } from 'node:child_process'
import { symlink, unlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'

import { root } from '../../scripts/project.mjs'
import { execute } from '../commands/installed.mjs'
import { packed } from '../npm/pack.mjs'

/** Nobody is told of it, nobody is asked where a visitor is, and no lock file is mended. */
const QUIET = {
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  NEXT_TELEMETRY_DISABLED: '1',
  NEXT_IGNORE_INCORRECT_LOCKFILE: '1',
}

const STARTED_WITHIN_MS = 120_000
const ENDED_WITHIN_MS = 5000

/** Runs a command line; resolves to what it printed, and rejects with that when it fails. */
export async function type(line, cwd, env = {}) {
  const { code, stdout, stderr } = await execute('sh', ['-c', line], { cwd, env: { ...QUIET, ...env } })
  if (code !== 0) throw new Error(`\`${line}\` ended with ${code}:\n${stdout}${stderr}`)
  return stdout
}

/** `npm install pintle`, before it is published; and Wrangler, which `npx` would fetch, from the repository. */
export async function install(cwd) {
  await type(`npm install '${await packed()}' --offline --no-audit --no-fund`, cwd)
  const wrangler = path.join(cwd, 'node_modules/.bin/wrangler')
  await unlink(wrangler).catch(() => {})
  await symlink(path.join(root, 'node_modules/.bin/wrangler'), wrangler)
}

/** A port that nobody listens on, nor on the `next` ones. */
export async function freePort(next = 0) {
  const servers = [await listening(0)]
  const { port } = servers[0].address()
  for (let more = 1; more <= next; more += 1) servers.push(await listening(port + more))
  await Promise.all(servers.map((server) => server && new Promise((resolve) => server.close(resolve))))
  return servers.every(Boolean) ? port : freePort(next)
}

/** A server on a port; nothing when there is another. */
function listening(port) {
  const server = createServer()
  return new Promise((resolve) => {
    server.on('error', () => resolve(undefined))
    server.listen(port, () => resolve(server))
  })
}

/** Runs a command line that serves `url` until `use` has ended; it is waited for until the URL answers. */
export async function serving(line, { cwd, url, env = {} }, use) {
  // A group of its own: what a shell and npx have started ends with them.
  const server = spawn('sh', ['-c', line], { cwd, env: { ...process.env, ...QUIET, ...env }, detached: true })
  const ended = new Promise((resolve) => server.on('close', resolve))
  const stop = (signal) => {
    try {
      process.kill(-server.pid, signal)
    } catch {
      // Nobody of it is there any more.
    }
  }
  const kill = () => stop('SIGKILL')
  process.on('exit', kill)
  let output = ''
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (output += text))
  try {
    const deadline = Date.now() + STARTED_WITHIN_MS
    while (!(await fetch(url).catch(() => undefined))) {
      if (server.exitCode !== null || Date.now() > deadline) throw new Error(`\`${line}\` does not serve:\n${output}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return await use()
  } finally {
    stop('SIGTERM')
    const late = setTimeout(kill, ENDED_WITHIN_MS)
    await ended
    clearTimeout(late)
    process.off('exit', kill)
  }
}
