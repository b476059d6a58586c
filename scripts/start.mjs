// `npm start`: installs what is missing, builds, and serves the demo at http://localhost:8787.
// Everything is local: the Worker in workerd, profiles in a local KV namespace, people in local objects, no account, no key.
// `npm start -- --activation-api` asks a second instance of the Worker, which stands in for RudderStack's
// hosted Activation API, instead of KV; `npm start -- --redis` a redis-server, as RudderStack's Profiles sync fills one.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { buildDemo, variables as demo, entry } from './demo/build.mjs'
import { pairs } from './demo/kv.mjs'
import { serveRedis } from './demo/redis.mjs'
import { root } from './project.mjs'
import { run } from './run.mjs'
import { giveUp, packages, rust } from './tools.mjs'

const state = path.join(root, '.wrangler')
const port = Number(process.env.PORT ?? 8787)

/** A secret for this checkout alone. It stays: tickets of an earlier run still open. */
async function secret(name) {
  const file = path.join(state, name)
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept) return kept
  const key = randomBytes(32).toString('base64url')
  await writeFile(file, key, { mode: 0o600 })
  return key
}

/** Puts the demo's profiles, and what goes with what in its shop, into the local KV namespace. */
async function seed() {
  const file = path.join(root, 'build/demo_kv.json')
  await writeFile(file, JSON.stringify(await pairs()))
  const put = ['kv', 'bulk', 'put', file, '--binding', 'PROFILES', '--local']
  await run('npx', ['--no-install', 'wrangler', ...put], { what: 'put the demo profiles into local KV' })
}

/** Runs an instance of a Worker until this program ends. At this level its own log is shown, too: wrong settings among it. */
function serve(port, variables, worker = []) {
  const options = [
    'dev',
    ...worker,
    '--port',
    String(port),
    '--inspector-port',
    '0',
    '--show-interactive-dev-session=false',
    '--log-level',
    'info',
  ]
  const vars = Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}:${value}`])
  const server = spawn(path.join(root, 'node_modules/.bin/wrangler'), [...options, ...vars], {
    cwd: root,
    stdio: 'inherit',
    // Where a visitor is comes from Cloudflare's network; locally nobody asks for it.
    env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal))
  server.on('exit', (code) => process.exit(code ?? 0))
}

/** Serves the stand-in for the Activation API; what the site needs to ask it. */
function serveActivationApi() {
  const contract = { ACTIVATION_TOKEN: randomBytes(16).toString('hex'), ACTIVATION_DESTINATION_ID: 'demo' }
  serve(port + 1, { PROFILE_SOURCES: 'kv', ...contract })
  const url = `http://localhost:${port + 1}/v1/activation`
  return { PROFILE_SOURCES: 'people,activation-api', ACTIVATION_API_URL: url, ...contract }
}

/** What the site needs to ask whom it was told to ask. */
function sourceOf(options) {
  if (options.includes('--redis')) return serveRedis(port + 2)
  return options.includes('--activation-api') ? serveActivationApi() : {}
}

/** Tells when the site answers, and what to do there. */
async function announce() {
  while (!(await fetch(`http://localhost:${port}/_pintle/health`).catch(() => undefined))) {
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  console.log(`\nPintle serves the demo at http://localhost:${port}: become a visitor in the bar at its foot.`)
  console.log(`Its shop is at http://localhost:${port}/shop: buy something, and see the next page.`)
}

try {
  await rust()
  await packages()
  const { buildWorker } = await import('./build.mjs')
  console.log('building the Worker')
  await buildWorker()
  await buildDemo({ watches: true })
  await seed()
  const source = await sourceOf(process.argv)
  const secrets = { TICKET_KEYS: await secret('ticket-key'), WEBHOOK_SECRET: await secret('webhook-secret') }
  serve(port, { ...demo, ...source, ...secrets }, [entry])
  await announce()
} catch (error) {
  giveUp(error)
}
