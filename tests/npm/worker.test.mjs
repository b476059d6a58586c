// `pintle/worker` and `pintle/worker/feed`, the prebuilt Workers, as somebody without Rust uses them: an empty folder, the
// package from npm, a short wrangler.toml, a personalization.json of their own and a folder of pages.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { Log, LogLevel, Miniflare } from 'miniflare'
import { unstable_getMiniflareWorkerOptions as fromConfig } from 'wrangler'

import { root } from '../../scripts/project.mjs'
import { installed, wrangler } from '../commands/installed.mjs'
import { Browser, newId, visitor } from '../worker/browser.mjs'

const VIEW = 'SHOP:BY_ANON'
const MINE = {
  view: VIEW,
  features: { member: { defaultValue: 'guest', rules: [{ condition: { LEVEL: 'gold' }, force: 'gold' }] } },
  deliver: [{ feature: 'member', cookie: { name: 'my_member', maxAge: '1d' } }],
}
const PAGE = '<!doctype html><title>Mine</title><h1>Hello</h1>\n'
const CONFIG = `name = "my-site"
main = "node_modules/pintle/dist/worker.mjs"
compatibility_date = "2026-04-01"
`
const WITH_FEED = CONFIG.replace('worker.mjs', 'worker_feed.mjs')
const TOKEN = 'token-of-the-tests'
/** What switches the feed on, where there is one. */
const VARIABLES = `[vars]
ACTIVATION_TOKEN = "${TOKEN}"
ACTIVATION_DESTINATION_ID = "destination-of-the-tests"
PROFILE_SOURCES = "kv"
`
const ALIAS = `[alias]
"pintle/personalization.json" = "./personalization.json"
`
const BINDINGS = `[assets]
directory = "public"
binding = "ASSETS"
run_worker_first = true

[[kv_namespaces]]
binding = "PROFILES"
`

let at, member, stranger

before(async () => {
  at = await installed()
  member = newId()
  stranger = newId()
  await write('wrangler.toml', CONFIG + ALIAS + BINDINGS)
  await write('personalization.json', MINE)
  await write('public/index.html', PAGE)
})
after(() => at?.dispose())

async function write(file, content) {
  await mkdir(path.dirname(path.join(at.folder, file)), { recursive: true })
  await writeFile(path.join(at.folder, file), typeof content === 'string' ? content : JSON.stringify(content))
}

/** What `wrangler deploy` would upload: its output, and the files below out/. */
async function built(config) {
  await rm(path.join(at.folder, 'out'), { recursive: true, force: true })
  return wrangler(['deploy', '--dry-run', '--outdir', 'out', '--config', config], at.folder)
}

/** What was built: the scripts and modules, by name, and what they weigh together. */
async function uploaded() {
  const files = (await readdir(path.join(at.folder, 'out'))).filter((file) => /\.(js|wasm)$/.test(file))
  const bytes = await Promise.all(files.map((file) => readFile(path.join(at.folder, 'out', file))))
  return { files, gzipped: bytes.reduce((sum, content) => sum + gzipSync(content).length, 0) }
}

/** Serves what would be uploaded in workerd, with the bindings of the configuration. */
async function serve(config) {
  const { code, stderr } = await built(config)
  assert.equal(code, 0, stderr)
  const { workerOptions } = fromConfig(path.join(at.folder, config))
  const [scriptPath] = (await readdir(path.join(at.folder, 'out'))).filter((file) => file.endsWith('.js'))
  const options = { ...workerOptions, name: 'my-site', modules: true, modulesRoot: path.join(at.folder, 'out') }
  const miniflare = new Miniflare({
    workers: [{ ...options, scriptPath: path.join(at.folder, 'out', scriptPath) }],
    log: new Log(LogLevel.NONE),
    cf: false,
    handleRuntimeStdio() {},
  })
  const url = String(await miniflare.ready).replace(/\/$/, '')
  const profiles = await miniflare.getKVNamespace('PROFILES')
  await profiles.put(`user:anonymous_id:${member}`, JSON.stringify({ [VIEW]: { LEVEL: 'gold' } }))
  return { url, dispose: () => miniflare.dispose() }
}

const health = async (url) => {
  const response = await fetch(`${url}/_pintle/health`)
  return { code: response.status, ...(await response.json()) }
}

/** A port that nobody listens on. */
async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Runs `wrangler dev` until `use(url)` has ended. */
async function withDev(use) {
  const port = await freePort()
  const args = ['dev', '--port', String(port), '--show-interactive-dev-session=false']
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' }
  const dev = spawn(path.join(root, 'node_modules/.bin/wrangler'), args, { cwd: at.folder, env })
  const ended = new Promise((resolve) => dev.on('exit', resolve))
  let output = ''
  for (const stream of [dev.stdout, dev.stderr]) stream.on('data', (text) => (output += text))
  try {
    const url = `http://localhost:${port}`
    const deadline = Date.now() + 60_000
    while (!(await fetch(`${url}/_pintle/health`).catch(() => undefined))) {
      assert.ok(dev.exitCode === null && Date.now() < deadline, output)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await use(url)
  } finally {
    dev.kill('SIGTERM')
    await ended
  }
}

test('wrangler deploy bundles the Worker, its module and the personalization of the user', async () => {
  const { code, stdout, stderr } = await built('wrangler.toml')
  assert.equal(code, 0, stderr)
  assert.match(stdout, /env\.PROFILES +KV Namespace/)
  assert.match(stdout, /env\.ASSETS +Assets/)
  const { files, gzipped } = await uploaded()
  assert.equal(files.length, 2, String(files))
  // DESIGN's bar for all that a page will ever run; package.test.mjs has today's.
  assert.ok(gzipped <= 175 * 1024, `${gzipped} bytes`)
})

test('wrangler dev serves the site personalised by profiles in KV', async () => {
  const profile = JSON.stringify({ [VIEW]: { LEVEL: 'gold' } })
  const put = ['kv', 'key', 'put', `user:anonymous_id:${member}`, profile, '--binding', 'PROFILES', '--local']
  assert.equal((await wrangler(put, at.folder)).code, 0)
  await withDev(async (url) => {
    const { code, personalization } = await health(url)
    assert.equal(code, 200)
    assert.deepEqual(personalization.features, ['member'])
    assert.equal(personalization.view, VIEW)
    const known = await new Browser({ url }, visitor(member)).view('/')
    assert.equal(known.status, 200)
    assert.equal(known.body, PAGE)
    assert.deepEqual(known.headers['set-cookie'], ['my_member=gold; SameSite=Lax; Secure; Path=/; Max-Age=86400'])
    const unknown = await new Browser({ url }, visitor(stranger)).view('/')
    assert.deepEqual(unknown.headers['set-cookie'], ['my_member=guest; SameSite=Lax; Secure; Path=/; Max-Age=86400'])
    const nobody = await new Browser({ url }).view('/')
    assert.equal(nobody.status, 200)
    assert.equal(nobody.headers['set-cookie'], undefined)
  })
})

test('without the alias the personalization of the package decides', async () => {
  await write('built-in.toml', CONFIG + BINDINGS)
  const site = await serve('built-in.toml')
  try {
    const { code, personalization } = await health(site.url)
    assert.equal(code, 200)
    assert.deepEqual(personalization.features, ['signed_up'])
  } finally {
    await site.dispose()
  }
})

test('a Worker of the user hands on to Pintle what is the site’s', async () => {
  await write('own.toml', CONFIG.replace(/^main.*/m, 'main = "own.js"') + ALIAS + BINDINGS)
  const own = `import pintle from 'pintle/worker'
export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === '/hello') return new Response('mine')
    return pintle.fetch(request, env, context)
  },
}
`
  await write('own.js', own)
  const site = await serve('own.toml')
  try {
    assert.equal(await (await fetch(`${site.url}/hello`)).text(), 'mine')
    const page = await new Browser(site, visitor(member)).view('/')
    assert.match(page.headers['set-cookie'][0], /^my_member=gold; /)
  } finally {
    await site.dispose()
  }
})

/** Asks the Activation API of a site about somebody. */
function activation(site, path, { token = TOKEN, id = member } = {}) {
  const question = {
    entity: 'user',
    destinationId: 'destination-of-the-tests',
    id: { type: 'anonymous_id', value: id },
  }
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return fetch(`${site.url}${path}`, { method: 'POST', headers, body: JSON.stringify(question) })
}

test('pintle/worker has no feed: where its paths would be is the site’s own', async () => {
  await write('pages.toml', CONFIG + VARIABLES + ALIAS + BINDINGS)
  const own = '<!doctype html><h1>Activation of the shop’s cards</h1>\n'
  for (const version of ['v1', 'v2']) await write(`public/${version}/activation.html`, own)
  const site = await serve('pages.toml')
  try {
    assert.deepEqual(
      (await uploaded()).files.filter((file) => /feed/.test(file)),
      [],
    )
    for (const path of ['/v1/activation', '/v2/activation']) {
      const page = await new Browser(site, visitor(member)).view(path)
      assert.deepEqual([page.status, page.body], [200, own])
      assert.match(page.headers['set-cookie'][0], /^my_member=gold; /)
      // A static site takes no POST, whoever sends one.
      const posted = await activation(site, path)
      assert.equal(posted.status, 405)
      assert.ok(!(await posted.text()).includes('gold'))
    }
  } finally {
    await site.dispose()
    await rm(path.join(at.folder, 'public/v1'), { recursive: true })
    await rm(path.join(at.folder, 'public/v2'), { recursive: true })
  }
})

test('pintle/worker/feed answers the Activation API beside the pages, as `main` and in a Worker of the user', async () => {
  await write('feed.toml', WITH_FEED + VARIABLES + ALIAS + BINDINGS)
  await write('own-feed.toml', CONFIG.replace(/^main.*/m, 'main = "own-feed.js"') + VARIABLES + ALIAS + BINDINGS)
  const own = `import pintle from 'pintle/worker/feed'
export default { fetch: (request, env, context) => pintle.fetch(request, env, context) }
`
  await write('own-feed.js', own)
  for (const config of ['feed.toml', 'own-feed.toml']) {
    const site = await serve(config)
    try {
      const { files } = await uploaded()
      assert.deepEqual([files.length, files.filter((file) => file.endsWith('.wasm')).length], [3, 2], String(files))
      for (const path of ['/v1/activation', '/v2/activation']) {
        const known = await activation(site, path)
        assert.equal(known.status, 200)
        assert.deepEqual((await known.json()).data, { [VIEW]: { LEVEL: 'gold' } })
        assert.deepEqual((await (await activation(site, path, { id: stranger })).json()).data, {})
        assert.equal((await activation(site, path, { token: 'another' })).status, 401)
      }
      const page = await new Browser(site, visitor(member)).view('/')
      assert.equal(page.body, PAGE)
      assert.match(page.headers['set-cookie'][0], /^my_member=gold; /)
      assert.equal((await health(site.url)).code, 200)
    } finally {
      await site.dispose()
    }
  }
})

test('a personalization that is wrong is told at /_pintle/health, and the site is served', async () => {
  const wrong = { ...MINE, deliver: [{ feature: 'nobody', cookie: { name: 'my_member', maxAge: '1d' } }] }
  await write('wrong.json', wrong)
  await write('wrong.toml', CONFIG + ALIAS.replace('./personalization.json', './wrong.json') + BINDINGS)
  const site = await serve('wrong.toml')
  try {
    const { code, mistakes } = await health(site.url)
    assert.equal(code, 503)
    assert.deepEqual(mistakes, [{ at: '$.deliver[0].feature', what: '`nobody` is not among the features' }])
    const page = await new Browser(site, visitor(member)).view('/')
    assert.equal(page.body, PAGE)
    assert.equal(page.headers['set-cookie'], undefined)
  } finally {
    await site.dispose()
  }
})

test('a personalization that is no JSON or not there stops the deploy, and is named', async () => {
  await write('broken.json', '{\n  "features": {,}\n}')
  for (const [file, pattern] of [
    ['broken.json', /broken\.json:2:15/],
    ['gone.json', /Cannot find module '\.\/gone\.json'/],
  ]) {
    await write('broken.toml', CONFIG + ALIAS.replace('./personalization.json', `./${file}`) + BINDINGS)
    const { code, stdout, stderr } = await built('broken.toml')
    assert.equal(code, 1)
    assert.match(stdout + stderr, pattern)
  }
})

test('the Workers name no path of the machine that built them', async () => {
  const home = path.join(at.folder, 'node_modules/pintle/dist')
  for (const file of ['worker.mjs', 'worker_feed.mjs', 'pintle.wasm', 'feed.wasm']) {
    assert.ok((await stat(path.join(home, file))).size > 0)
    assert.ok(!(await readFile(path.join(home, file), 'latin1')).includes(root.replace(/\/$/, '')), file)
  }
})
