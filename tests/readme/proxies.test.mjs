// "From RudderStack's middleware to Pintle": the guide's proxy, Pintle's in its place, one with profiles of the reader's own,
// and the route handler, each bundled and asked as Next.js does.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { NextRequest } from 'next/server.js'

import { root } from '../../scripts/project.mjs'
import { startActivationApi } from '../worker/activation_api.mjs'
import { newId, visitor } from '../worker/browser.mjs'
import { KEY } from '../worker/site.mjs'
import { snippet } from './snippets.mjs'
import { written } from './written.mjs'

const COOKIE = 'rs_activation_signed_up'

let api, project

before(async () => {
  api = await startActivationApi()
  project = await written()
  // The snippets read their settings from the environment.
  Object.assign(process.env, api.bindings, { TICKET_KEYS: KEY })
})
after(() => Promise.all([api, project].map((running) => running?.dispose())))

/** An id that the API knows. */
async function signedUp() {
  const id = newId()
  await api.knows(id, { USER_APP_SIGN_UP: 1 })
  return id
}

const headersOf = (id) => ({
  accept: 'text/html',
  'user-agent': 'Mozilla/5.0',
  ...(id && { cookie: `rl_anonymous_id=${visitor(id).rl_anonymous_id}` }),
})
const view = (proxy, id) => proxy(new NextRequest('http://localhost/', { headers: headersOf(id) }))

/** What the proxy `file` makes of its visitors, and that it leaves a page without a visitor alone. */
async function decided(file, ids) {
  const { default: proxy } = await project.load(file)
  assert.deepEqual((await view(proxy)).headers.getSetCookie(), [])
  const responses = await Promise.all(ids.map((id) => view(proxy, id)))
  for (const { headers } of responses) assert.equal(headers.get('x-middleware-next'), '1')
  return responses.map(({ headers }) => headers.getSetCookie().find((cookie) => cookie.startsWith(COOKIE)))
}

/** Without blank lines, in which a file may differ from its snippet. */
const dense = (text) => text.replace(/\n+/g, '\n')

test("the guide's proxy is the one that the benches measure, and personalises", async () => {
  const measured = await readFile(path.join(root, 'benches/next/guide.ts'), 'utf8')
  assert.equal(snippet('guide/proxy.ts').trimEnd(), measured.trimEnd())
  const [cookie] = await decided('guide/proxy.ts', [await signedUp()])
  assert.match(cookie, /^rs_activation_signed_up=true; Path=\/; Expires=.+ GMT; Secure$/)
})

test("Pintle's proxy is the one that the tests of Next.js build, and decides what the guide's decides", async () => {
  const built = await readFile(path.join(root, 'tests/next/middleware/proxy.ts'), 'utf8')
  assert.equal(dense(snippet('next/proxy.ts')), dense(built))
  const [known, unknown] = await decided('next/proxy.ts', [await signedUp(), newId()])
  assert.match(known, /^rs_activation_signed_up=true; SameSite=Lax; Secure; Path=\/; Max-Age=86400$/)
  assert.match(unknown, /^rs_activation_signed_up=false; /)
})

test('the matchers of all proxies let the same requests through', () => {
  const matcher = /^export const config = .*$/m
  const [first, ...others] = [snippet('guide/proxy.ts'), snippet('next/proxy.ts'), snippet('own/proxy.ts')]
  for (const other of others) assert.equal(other.match(matcher)[0], first.match(matcher)[0])
})

test('a proxy with a personalization and profiles of its own asks for no other', async () => {
  const asked = api.asked.length
  for (const name of ['PROFILE_SOURCES', 'ACTIVATION_TOKEN']) delete process.env[name]
  const [known, unknown] = await decided('own/proxy.ts', ['signed-up-last-week', newId()])
  assert.match(known, /^rs_activation_signed_up=true; /)
  assert.match(unknown, /^rs_activation_signed_up=false; /)
  assert.equal(api.asked.length, asked)
  Object.assign(process.env, api.bindings)
})

test('the route handler gives out the decision, and says why there is none', async () => {
  const { GET } = await project.load('route/app/%5Fpintle/decision/route.ts')
  const ask = async (id) => {
    const headers = { ...headersOf(id), accept: '*/*', 'sec-fetch-site': 'same-origin' }
    const response = await GET(new Request('http://localhost/_pintle/decision', { headers }))
    assert.deepEqual([response.status, response.headers.get('cache-control')], [200, 'no-store'])
    return { told: await response.json(), cookies: response.headers.getSetCookie() }
  }
  const { told, cookies } = await ask(await signedUp())
  assert.deepEqual(told, { decisions: { signed_up: true } })
  assert.match(cookies[0], /^rs_activation_signed_up=true; SameSite=Lax; Secure; Path=\/; Max-Age=86400$/)
  const nobody = await ask()
  assert.deepEqual(nobody, { told: { decisions: {}, reason: 'no rl_anonymous_id cookie' }, cookies: [] })
})
