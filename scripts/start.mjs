// `npm start`: installs what is missing, builds, and serves the demo at http://localhost:8787.
// Everything is local: the Worker in workerd, profiles in a local KV namespace, no account, no key.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { run } from './run.mjs'
import { giveUp, packages, rust } from './tools.mjs'

const root = path.join(import.meta.dirname, '..')
const state = path.join(root, '.wrangler')
const port = process.env.PORT ?? '8787'

/** A ticket key for this checkout alone: tickets of an earlier run still open. */
async function ticketKey() {
  const file = path.join(state, 'ticket-key')
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept) return kept
  const key = randomBytes(32).toString('base64url')
  await writeFile(file, key, { mode: 0o600 })
  return key
}

/** Puts the demo's profiles into the local KV namespace. */
async function seed() {
  const profiles = path.join(root, 'scripts/demo-profiles.json')
  const put = ['kv', 'bulk', 'put', profiles, '--binding', 'PROFILES', '--local']
  await run('npx', ['--no-install', 'wrangler', ...put], { what: 'put the demo profiles into local KV' })
}

function serve(key) {
  const options = ['dev', '--port', port, '--show-interactive-dev-session=false', '--log-level', 'warn']
  const variables = ['--var', 'EXPLAIN:true', '--var', `TICKET_KEYS:${key}`]
  const wrangler = path.join(root, 'node_modules/.bin/wrangler')
  const server = spawn(wrangler, [...options, ...variables], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal))
  server.on('exit', (code) => process.exit(code ?? 0))
}

/** Tells when the site answers; `wrangler dev` says it only at a level that says much else. */
async function announce() {
  for (;;) {
    const answer = await fetch(`http://localhost:${port}/_pintle/health`).catch(() => undefined)
    if (answer) break
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  console.log(`\nPintle serves the demo at http://localhost:${port}: become a visitor in the bar at its foot.`)
}

try {
  await rust()
  await packages()
  const { buildWorker } = await import('./build.mjs')
  console.log('building the Worker')
  await buildWorker()
  await seed()
  serve(await ticketKey())
  await announce()
} catch (error) {
  giveUp(error)
}
