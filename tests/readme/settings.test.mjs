// The rest of the READMEs: what they show of settings is so, and what they name is there.

import assert from 'node:assert/strict'
import { access, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { DEMO_ID } from '../browser/demo_profiles.mjs'
import { execute } from '../commands/installed.mjs'
import { project } from '../npm/pack.mjs'
import { Browser, eventually, visitor } from '../worker/browser.mjs'
import { skip as noRedis } from '../worker/redis_server.mjs'
import { KEY, startSite } from '../worker/site.mjs'
import { commands, documents, snippet, unnamed } from './snippets.mjs'
import { freePort, serving, type } from './terminal.mjs'

const read = (file) => readFile(path.join(root, file), 'utf8')

/** Runs `pintle check --json` in a folder of these files. */
async function check(t, files, args = []) {
  const { folder, dispose } = await project(files)
  t.after(dispose)
  const command = path.join(folder, 'node_modules/pintle/dist/cli.js')
  const { stdout } = await execute(process.execPath, [command, 'check', '--json', ...args], { cwd: folder })
  return JSON.parse(stdout).mistakes
}

/** `text` with `what` in the place of `that`, which is there once. */
function changed(text, that, what) {
  assert.equal(text.split(that).length, 2, that)
  return text.replace(that, what)
}

test('the personalization of both READMEs is the package’s, and the demo decides by the same', async () => {
  const builtIn = JSON.parse(await read('npm/personalization.json'))
  const { $schema, profile, ...demo } = JSON.parse(await read('personalization.json'))
  assert.equal($schema, './personalization.schema.json')
  assert.deepEqual(demo, builtIn)
  assert.ok('USER_APP_SIGN_UP' in profile)
  assert.deepEqual(JSON.parse(unnamed('Say what is decided', 'json')), builtIn)
  assert.deepEqual(JSON.parse(snippet('personalization.json')), builtIn)
})

test('it is right, with the consent cookie too', async (t) => {
  const consent = (await read('README.md')).match(/`("consent": \{.*?\})`/)[1]
  const text = changed(unnamed('Say what is decided', 'json'), '"features"', `${consent}, "features"`)
  assert.deepEqual(await check(t, { 'personalization.json': text }), [])
})

test('mistakes are told as they are shown', async (t) => {
  const right = unnamed('Say what is decided', 'json')
  const wrong = changed(changed(right, '"$in"', '"$inn"'), '"1d"', '"soon"')
  const files = { 'personalization.json': wrong, vars: 'LOOKUP_BUDGET_MS=0\n' }
  const mistakes = await check(t, files, ['--vars', 'vars', '--source', 'kv'])
  const shown = unnamed('Say what is decided', '')
  assert.equal(mistakes.map(({ at, what }) => `${at}: ${what}\n`).join(''), shown)
})

test('the Worker runs with the variables that are shown for the hosted API', async (t) => {
  const lines = unnamed('Deploy to Cloudflare', 'toml').matchAll(/^(\w+) = "(.*?)"/gm)
  const variables = Object.fromEntries([...lines].map(([, name, value]) => [name, value]))
  const secrets = { ACTIVATION_TOKEN: 'token', TICKET_KEYS: KEY }
  const site = await startSite({ bindings: { ...variables, ...secrets } })
  t.after(site.dispose)
  const { status, personalization } = await (await fetch(new URL('/_pintle/health', site.url))).json()
  assert.equal(status, 'ok')
  assert.deepEqual(personalization.sources, ['kv', 'activation-api'])
})

/** What is done about each line of "Deploy to Cloudflare" without an account there; `npm run deploy` has a test of its own. */
const DEPLOY = {
  'npx wrangler login': async (line) => assert.match(await type(`${line} --help`, root), /Login to Cloudflare/),
  'npm run --silent keygen | npx wrangler secret put TICKET_KEYS': async (line) => {
    const key = await type(line.split(' | ')[0], root)
    assert.equal(Buffer.from(key.trim(), 'base64url').length, 32)
  },
  'npm run deploy': async () => assert.ok(JSON.parse(await read('package.json')).scripts.deploy),
  'npx wrangler secret put ACTIVATION_TOKEN': async (line) => {
    assert.ok((await variables()).has(line.split(' ').at(-1)))
  },
}

test('the commands of the deploy are there', async (t) => {
  for (const line of commands(unnamed('Deploy to Cloudflare', 'sh'))) {
    assert.ok(DEPLOY[line], `nothing is known of \`${line}\``)
    await t.test(line, () => DEPLOY[line](line))
  }
})

/** Whom the demo asks besides the people whom its events made, by what it is started with, and what says that this one is there. */
const ASKED = {
  'activation-api': { skip: false, ready: 1 },
  redis: { skip: noRedis, ready: 0 },
}

for (const [source, { skip, ready }] of Object.entries(ASKED)) {
  test(`npm start -- --${source} personalises the demo by asking ${source}`, { skip }, async () => {
    assert.deepEqual(commands(unnamed('Try it', 'sh')), ['npm start', 'npm test'])
    const [line] = (await read('README.md')).match(new RegExp(`npm start -- --${source}`))
    // The site, the API beside it, and Redis, each on the next port; the API is not always the first.
    const port = await freePort(2)
    const site = `http://localhost:${port}`
    const env = { PORT: String(port) }
    const told = () => fetch(`${site}/_pintle/health`).catch(() => undefined)
    await serving(line, { cwd: root, url: `http://localhost:${port + ready}`, env }, async () => {
      const { personalization } = await (await eventually('the site is served', told)).json()
      assert.deepEqual(personalization.sources, ['people', source])
      const page = await new Browser({ url: site }, visitor(DEMO_ID)).view()
      assert.equal(page.set.rs_activation_signed_up?.value, 'true')
      assert.equal((await (await told()).json()).lookups[source].answered, 1)
    })
  })
}

/** The variables and secrets that wrangler.toml explains, with the values that it shows. */
async function variables() {
  const text = await read('wrangler.toml')
  const shown = [...text.matchAll(/^(?:# )?([A-Z_]+) = "(.*)"$/gm)].map(([, name, value]) => [name, value])
  const secrets = [...text.matchAll(/^# {3}([A-Z_]+) /gm)].map(([, name]) => [name, ''])
  return new Map([...shown, ...secrets])
}

test('the page on npm has all settings, and their defaults', async () => {
  const rows = [...(await read('npm/README.md')).matchAll(/^\| `([A-Z_]+)` \| .* \| (.+) \|$/gm)]
  const known = await variables()
  assert.deepEqual(rows.map(([, name]) => name).sort(), [...known.keys()].sort())
  for (const [, name, value] of rows) {
    const [, literal] = value.match(/^`(.*)`$/) ?? []
    if (literal) assert.equal(literal, known.get(name), name)
  }
  assert.ok(rows.some(([, name, value]) => name === 'LOOKUP_BUDGET_MS' && value === '`150`'))
})

/** What links into a document may name: its headings, as GitHub spells them. */
const anchors = (text) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )

test('what the documents lead to is there', async () => {
  const { scripts } = JSON.parse(await read('package.json'))
  for (const document of documents) {
    const text = await read(document)
    for (const [, to] of text.matchAll(/\]\(([^)]+)\)/g)) {
      if (URL.canParse(to)) continue
      const [file, anchor] = to.split('#')
      const there = file ? path.join(path.dirname(document), file) : document
      await access(path.join(root, there))
      if (anchor) assert.ok(anchors(await read(there)).includes(anchor), `${document}: ${to}`)
    }
    for (const [line, name] of text.matchAll(/npm run (?:--silent )?([\w:]+)/g))
      assert.ok(scripts[name], `${document}: ${line}`)
  }
})
