// "Without Rust": every line of it typed in an empty folder that has a page, with the package from npm and with real Wrangler.
// Only what needs an account at Cloudflare is left out.

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { Browser, visitor } from '../worker/browser.mjs'
import { commands, snippet } from './snippets.mjs'
import { freePort, install, serving, type } from './terminal.mjs'

const ID = '3f1c6a52'
const PAGE = '<!doctype html><title>Mine</title><h1>Hello</h1>\n'

let folder

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pintle-readme-'))
  await mkdir(path.join(folder, 'public'))
  await writeFile(path.join(folder, 'public/index.html'), PAGE)
})
after(() => rm(folder, { recursive: true, force: true }))

const file = (name) => readFile(path.join(folder, name), 'utf8')

/** What is done about each line, and what one sees of it. */
const LINES = {
  'npm install pintle': async () => {
    await install(folder)
    assert.deepEqual(Object.keys(JSON.parse(await file('package.json')).dependencies), ['pintle'])
  },
  'npx pintle init': async (line) => {
    assert.match(await type(line, folder), /Found a static site: public has an index\.html/)
    const { $schema, ...written } = JSON.parse(await file('personalization.json'))
    assert.deepEqual(written, JSON.parse(snippet('personalization.json')))
    assert.deepEqual(JSON.parse(await file($schema)).required, ['features'])
    assert.match(await file('wrangler.toml'), /^directory = "public"$/m)
  },
  'echo "TICKET_KEYS=$(npx pintle keygen)" >> .dev.vars': async (line) => {
    await type(line, folder)
    assert.match(await file('.dev.vars'), /^TICKET_KEYS=[\w-]{43}$/m)
  },
  'npx pintle check': async (line) => {
    const read = 'wrangler.toml and .dev.vars'
    const said = `personalization.json is right with ${read}: it decides signed_up and writes rs_activation_signed_up\n`
    assert.equal(await type(line, folder), said)
  },
  'npx wrangler dev': async (line) => {
    const [put] = commands(snippet('profile'))
    assert.match(put, new RegExp(`user:anonymous_id:${ID} `))
    await type(put, folder)
    const port = await freePort()
    const url = `http://localhost:${port}`
    await serving(`${line} --port ${port}`, { cwd: folder, url }, async () => {
      const known = await new Browser({ url }, visitor(ID)).view()
      assert.equal(known.body, PAGE)
      assert.equal(known.set.rs_activation_signed_up?.value, 'true')
      assert.ok(known.set.pintle_ticket, 'the key in .dev.vars is not used')
      const unknown = await new Browser({ url }, visitor('somebody-else')).view()
      assert.equal(unknown.set.rs_activation_signed_up?.value, 'false')
      assert.deepEqual((await new Browser({ url }).view()).set, {})
    })
  },
  // It opens a browser at Cloudflare.
  'npx wrangler login': async (line) => assert.match(await type(`${line} --help`, folder), /Login to Cloudflare/),
  'npx pintle keygen | npx wrangler secret put TICKET_KEYS': async (line) => {
    const key = (await type(line.split(' | ')[0], folder)).trim()
    assert.equal(Buffer.from(key, 'base64url').length, 32)
  },
  'npx wrangler deploy': async (line) => {
    const told = await type(`${line} --dry-run`, folder)
    assert.match(told, /env\.PROFILES +KV Namespace/)
    assert.match(told, /env\.ASSETS +Assets/)
  },
}

test('a static site is personalised on Cloudflare without Rust', async (t) => {
  for (const line of commands(snippet('static'))) {
    assert.ok(LINES[line], `nothing is known of \`${line}\``)
    await t.test(line, () => LINES[line](line))
  }
  for (const line of commands(snippet('install'))) assert.ok(LINES[line], line)
})

test('the command explains a decision offline', async () => {
  const [line] = commands(snippet('explain'))
  const told = await type(line, folder)
  assert.match(told, /^decided +signed_up = true: rule 1 forces it$/m)
  assert.match(told, /^sets +Set-Cookie: rs_activation_signed_up=true; /m)
})
