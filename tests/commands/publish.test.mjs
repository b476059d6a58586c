// `pintle publish` as its users have it: into local KV, which a running Worker takes it from, and at a stand-in for
// Cloudflare's REST API.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { install } from '../readme/terminal.mjs'
import { Browser, newId, visitor } from '../worker/browser.mjs'
import { startServer, startSite } from '../worker/site.mjs'
import { installed } from './installed.mjs'

const KEY = 'pintle:personalization'
const WRANGLER = 'name = "x"\ncompatibility_date = "2026-04-01"\n[[kv_namespaces]]\nbinding = "PROFILES"\nid = "x"\n'

let at
let shipped

before(async () => {
  at = await installed()
  shipped = (await readFile(path.join(root, 'npm/personalization.json'), 'utf8')).trim()
})
after(() => at?.dispose())

const otherwise = (name) => shipped.replace('rs_activation_signed_up', name)

test('what is published into local KV runs, and what was before comes back', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'pintle-publish-'))
  try {
    await install(folder)
    await writeFile(path.join(folder, 'wrangler.toml'), WRANGLER)
    const publish = async (...args) => at.pintle(['publish', ...args, '--local', '--json'], { cwd: folder })
    const published = async (name) => {
      await writeFile(path.join(folder, 'personalization.json'), otherwise(name))
      const { code, stdout, stderr } = await publish()
      assert.equal(code, 0, stderr)
      return JSON.parse(stdout)
    }
    const runs = async () => {
      const site = await startSite({ kvNamespaces: { PROFILES: 'x' }, folder: path.join(folder, '.wrangler/state/v3') })
      try {
        const { set } = await new Browser(site, visitor(newId())).view()
        return Object.keys(set)
      } finally {
        await site.dispose()
      }
    }

    const none = await publish('--back')
    assert.equal(none.code, 1)
    assert.match(none.stderr, /there is none before/)

    const first = await published('first')
    assert.match(first.published, /^[0-9a-f]{8}$/)
    assert.equal(first.before, null)
    const second = await published('second')
    assert.equal(second.before, first.published)
    assert.deepEqual(await runs(), ['second'])
    assert.deepEqual(await published('second'), second)

    const back = JSON.parse((await publish('--back')).stdout)
    assert.deepEqual(back, { published: first.published, before: second.published })
    assert.deepEqual(await runs(), ['first'])

    await writeFile(path.join(folder, 'personalization.json'), otherwise('a b'))
    const wrong = await publish()
    assert.equal(wrong.code, 1)
    assert.match(
      wrong.stderr,
      /personalization\.json has 1 mistake, and is not published:\n {2}\$\.deliver\[0\]\.cookie\.name: /,
    )
    assert.deepEqual(await runs(), ['first'])

    assert.deepEqual(JSON.parse((await publish('--withdraw')).stdout), { published: null, before: first.published })
    assert.deepEqual(await runs(), ['rs_activation_signed_up'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

/** A stand-in for Cloudflare's REST API; `status` is what it refuses with. */
async function cloudflare(t, status) {
  const kept = new Map()
  const calls = []
  const server = await startServer(async (request, response) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    calls.push(`${request.method} ${request.url}`)
    const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    const failed = (status, code) =>
      answer(status, JSON.stringify({ success: false, errors: [{ code, message: 'x' }] }))
    if (status) return failed(status, 10000)
    if (request.method === 'GET') {
      const key = decodeURIComponent(request.url.split('/').at(-1))
      return kept.has(key) ? response.end(kept.get(key)) : failed(404, 10009)
    }
    for (const { key, value } of JSON.parse(body)) kept.set(key, value)
    answer(200, '{"success":true,"errors":[],"result":{"unsuccessful_keys":[]}}')
  })
  t.after(server.dispose)
  const env = { CLOUDFLARE_API_TOKEN: 'token-secret', CLOUDFLARE_API_BASE_URL: server.url }
  return { kept, calls, env }
}

const REMOTE = ['publish', '--remote', '--account', 'acc', '--namespace', 'ns']

test('at Cloudflare both stand in one call, the new one and the one before', async (t) => {
  const { kept, calls, env } = await cloudflare(t)
  const cwd = await at.project({ 'personalization.json': shipped })
  const { code, stdout, stderr } = await at.pintle(REMOTE, { cwd, env })
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^[0-9a-f]{8} is published in the KV namespace ns at Cloudflare instead of the deployed one: /)
  assert.deepEqual(calls.at(-1), 'PUT /accounts/acc/storage/kv/namespaces/ns/bulk')
  assert.deepEqual(
    [...kept],
    [
      [`${KEY}:before`, ''],
      [KEY, shipped],
    ],
  )
  assert.doesNotMatch(stdout + stderr, /secret/)
  assert.equal((await at.pintle([...REMOTE, '--back'], { cwd, env })).code, 0)
  assert.deepEqual(kept.get(KEY), '')
})

test('a refusal of Cloudflare is told by its status and code, and nothing is written', async (t) => {
  const { calls, env } = await cloudflare(t, 403)
  const cwd = await at.project({ 'personalization.json': shipped })
  const { code, stderr } = await at.pintle(REMOTE, { cwd, env })
  assert.equal(code, 1)
  assert.match(stderr, /Cloudflare refuses to be read \(status 403, code 10000\): has the token/)
  assert.ok(calls.every((call) => call.startsWith('GET ')))
})

test('what is wrong is told before Cloudflare is asked, and where it goes must be said', async (t) => {
  const { calls, env } = await cloudflare(t)
  const cwd = await at.project({ 'personalization.json': '{"features": {"a": 1}}' })
  const wrong = await at.pintle(REMOTE, { cwd, env })
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /\$\.features\.a: must be an object/)
  const { features, ...rest } = JSON.parse(shipped)
  const long = JSON.stringify({ ...rest, features, savedGroups: { all: ['x'.repeat(1_000_000)] } })
  const refused = await at.pintle(REMOTE, { cwd: await at.project({ 'personalization.json': long }), env })
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /personalization\.json is longer than 1000000 characters, and is not published/)
  assert.deepEqual(calls, [])
  const nowhere = await at.pintle(['publish'], { cwd })
  assert.equal(nowhere.code, 2)
  assert.match(nowhere.stderr, /name one of --local and --remote/)
})
