// The source `people`: the Worker asks a person's Durable Object, a real one in workerd, for the snapshot of a visitor.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { profileData, startOrigin, store } from './activation_api.mjs'
import { Browser, eventually, newId, visitor } from './browser.mjs'
import { KEY, startSite } from './site.mjs'

const COOKIE = 'rs_activation_signed_up'

/** Objects that tell as their snapshot what was put into them. */
const PEOPLE = {
  name: 'people',
  modules: true,
  compatibilityDate: '2026-04-01',
  durableObjects: { PEOPLE: { className: 'Person', useSQLite: true } },
  script: `
    import { DurableObject } from 'cloudflare:workers'
    export class Person extends DurableObject {
      async fetch(request) {
        const { kv } = this.ctx.storage
        if (request.method === 'PUT') return new Response(kv.put('answer', await request.json()) ?? '')
        if (new URL(request.url).pathname !== '/snapshot') return new Response('', { status: 404 })
        const { status, body, isThrown } = kv.get('answer') ?? { status: 204 }
        if (isThrown) throw new Error('the storage is on fire')
        return new Response(status === 204 ? null : body, { status })
      }
    }
    export default { fetch: () => new Response(null, { status: 404 }) }`,
}

let origin, site

async function start(bindings) {
  return startSite({
    bindings: { ORIGIN_URL: origin.url, LOOKUP_BUDGET_MS: '10000', ...bindings },
    durableObjects: { PEOPLE: { className: 'Person', scriptName: 'people' } },
    workers: [PEOPLE],
  })
}

before(async () => {
  origin = await startOrigin()
  site = await start({ PROFILE_SOURCES: 'people' })
})
after(() => Promise.all([origin, site].map((running) => running?.dispose())))

/** Has the object of `id` answer so. */
async function answers(id, answer, on = site) {
  const stub = on.people.get(on.people.idFromName(`anonymous_id:${id}`))
  await (await stub.fetch('https://people/', { method: 'PUT', body: JSON.stringify(answer) })).text()
}

const knows = (id, features, { on, later } = {}) => {
  const data = { ...profileData(features), ...(later && { 'pintle:later': later }) }
  return answers(id, { status: 200, body: JSON.stringify(data) }, on)
}

const view = (id, on = site) => new Browser(on, visitor(id)).view()

test("a visitor's own object says who they are, and one that knows nothing is a visitor not known", async () => {
  const [known, other] = [newId(), newId()]
  await knows(known, { USER_APP_SIGN_UP: 1 })
  assert.equal((await view(known)).set[COOKIE].value, 'true')
  assert.equal((await view(other)).set[COOKIE].value, 'false')
})

test('an object that fails is told in its own words without the id, and no cookie is touched', async () => {
  const [broken, thrown, wrong, large] = [newId(), newId(), newId(), newId()]
  await answers(broken, { status: 500, body: `no room for ${broken}` })
  await answers(thrown, { isThrown: true })
  await answers(wrong, { status: 200, body: '[]' })
  await answers(large, { status: 200, body: 'x'.repeat(100_000) })
  for (const id of [broken, thrown, wrong, large]) assert.equal((await view(id)).headers['set-cookie'], undefined)
  await eventually('the log says why', () => site.log().includes('people failed'))
  const told = `people failed: the source cannot be reached: the object answered with status 500: no room for ***; look at the binding PEOPLE`
  assert.ok(site.log().includes(told), site.log())
  assert.ok(!site.log().includes(broken))
  const health = await (await fetch(new URL('/_pintle/health', site.url))).json()
  assert.deepEqual(health.personalization.sources, ['people'])
  assert.deepEqual(health.lookups.people.failed, { unreachable: 2, 'broken entry': 1, 'too large': 1 })
})

test('an object is asked where KV does not have the visitor, and what it tells is not written back: it does so itself', async (t) => {
  const both = await start({ PROFILE_SOURCES: 'kv,people' })
  t.after(both.dispose)
  const id = newId()
  await knows(id, { USER_APP_SIGN_UP: 1 }, { on: both })
  for (let page = 0; page < 2; page++) assert.equal((await view(id, both)).set[COOKIE].value, 'true')
  assert.equal(await both.profiles.get(`user:anonymous_id:${id}`), null)
})

test('an object that is asked before KV writes nothing there, and KV answers for whom it does not know', async (t) => {
  const both = await start({ PROFILE_SOURCES: 'people,kv' })
  t.after(both.dispose)
  const [inObject, inKv] = [newId(), newId()]
  await knows(inObject, { USER_APP_SIGN_UP: 1 }, { on: both })
  await store(both.profiles, inKv, { USER_APP_SIGN_UP: 1 })
  assert.equal((await view(inObject, both)).set[COOKIE].value, 'true')
  assert.equal((await view(inKv, both)).set[COOKIE].value, 'true')
  assert.equal(await both.profiles.get(`user:anonymous_id:${inObject}`), null)
})

test('a window that passes between two pages is seen by the second, whatever its ticket says', async (t) => {
  const sealed = await start({ PROFILE_SOURCES: 'people', TICKET_KEYS: KEY })
  t.after(sealed.dispose)
  const id = newId()
  const passesMs = Date.now() + 4_000
  await knows(id, { USER_APP_SIGN_UP: 1 }, { on: sealed, later: { steps: { USER_APP_SIGN_UP: [[passesMs, 0]] } } })
  const browser = new Browser(sealed, visitor(id))
  const first = await browser.view()
  // On a machine so slow that it has passed already, there is nothing to see.
  if (Date.now() >= passesMs) return t.skip('the window passed before the first page')
  assert.equal(first.set[COOKIE].value, 'true')
  await new Promise((resolve) => setTimeout(resolve, passesMs - Date.now() + 10))
  assert.equal((await browser.view()).set[COOKIE].value, 'false')
})

test('`people` without its binding is a mistake that names it', async (t) => {
  const unbound = await startSite({
    bindings: { ORIGIN_URL: origin.url, PROFILE_SOURCES: 'people' },
    durableObjects: {},
  })
  t.after(unbound.dispose)
  const health = await fetch(new URL('/_pintle/health', unbound.url))
  assert.equal(health.status, 503)
  const told = { at: 'PEOPLE', what: 'the Durable Objects are not bound, and PROFILE_SOURCES names `people`' }
  assert.deepEqual((await health.json()).mistakes, [told])
})
