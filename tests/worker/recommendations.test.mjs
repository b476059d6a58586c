// What somebody is recommended, from a table in KV to their page: the built Worker in workerd, with people's own objects. The answer
// to the purchase has it in the ticket, so the page after it asks nobody.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { Browser, eventually, newId, visitor } from './browser.mjs'
import { KEY, startSite } from './site.mjs'

const [WRITE_KEY, TOKEN] = ['write-key-of-the-tests', 'token-of-the-tests']
const PATH = '/_pintle/recommendations'
const PURCHASES = { event: 'Order Completed', value: 'properties.products[*].product_id' }
const personalization = (more = {}) => ({
  view: 'V',
  features: { buyer: { defaultValue: false, rules: [{ condition: { ORDERS: { $gt: 0 } }, force: true }] } },
  deliver: [{ feature: 'buyer', cookie: { name: 'buyer', maxAge: '1d' } }],
  profile: {
    ORDERS: { count: { event: 'Order Completed' } },
    NEXT: {
      recommend: {
        ...PURCHASES,
        n: 3,
        table: 'also_bought',
        boost: [{ when: { rewards_member: true, item: { $in: ['gold-card'] } }, by: 9 }],
      },
    },
    OTHER: { recommend: { ...PURCHASES, n: 3, table: 'nobody_trained' } },
  },
  recommendations: ['NEXT', 'OTHER'],
  ...more,
})
const TABLE = {
  'pintle:table:also_bought': { items: 2 },
  'pintle:table:also_bought:printer': [
    ['ink', 0.5],
    ['paper', 0.4],
    ['gold-card', 0.1],
  ],
  'pintle:table:also_bought:ink': [['paper', 0.3]],
}

let site

const start = (settings, more) =>
  startSite({
    bindings: {
      PERSONALIZATION: JSON.stringify(settings),
      PROFILE_SOURCES: 'kv,people',
      WRITE_KEYS: WRITE_KEY,
      ACTIVATION_TOKEN: TOKEN,
      TICKET_KEYS: KEY,
      EXPLAIN: 'true',
      LOOKUP_BUDGET_MS: '10000',
    },
    durableObjects: { PEOPLE: { className: 'Person', useSQLite: true } },
    ...more,
  })

before(async () => {
  site = await start(personalization())
  for (const [key, value] of Object.entries(TABLE)) await site.profiles.put(key, JSON.stringify(value))
})
after(() => site?.dispose())

const order = (id, products, more) => ({
  type: 'track',
  event: 'Order Completed',
  messageId: randomUUID(),
  originalTimestamp: new Date().toISOString(),
  anonymousId: id,
  properties: { products: products.map((product_id) => ({ product_id })) },
  ...more,
})

function buys(browser, id, products, more) {
  const page = { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors', accept: '*/*' }
  const headers = { ...page, authorization: `Basic ${btoa(`${WRITE_KEY}:`)}` }
  return browser.view('/v1/track', { method: 'POST', headers, body: order(id, products, more) })
}

const SCRIPT = { accept: '*/*', 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' }
const asks = (browser, headers = SCRIPT) => browser.view(PATH, { headers })
const told = async (browser) => JSON.parse((await asks(browser)).body)

test('who buys is recommended what goes with it by the very next question, and no source is asked', async () => {
  const id = newId()
  const browser = new Browser(site, visitor(id))
  assert.deepEqual(await told(browser), { recommendations: {} })
  await buys(browser, id, ['printer'])
  assert.deepEqual(await told(browser), { recommendations: { NEXT: ['ink', 'paper', 'gold-card'] } })
  await buys(browser, id, ['ink'])
  assert.deepEqual(await told(browser), { recommendations: { NEXT: ['paper', 'gold-card'] } })
  const page = await browser.view()
  assert.match(page.headers['server-timing'], /pintle-lookup;desc="not asked: a fresh ticket answers/)
  // KV has it for whoever comes without a ticket.
  const inKv = async () => JSON.parse((await site.profiles.get(`user:anonymous_id:${id}`)) ?? '{}').V?.NEXT
  await eventually('KV has it', async () => JSON.stringify(await inKv()) === '["paper","gold-card"]')
  assert.deepEqual(await told(new Browser(site, visitor(id))), { recommendations: { NEXT: ['paper', 'gold-card'] } })
})

test('a member is recommended what is raised for members', async () => {
  const id = newId()
  const browser = new Browser(site, visitor(id))
  await buys(browser, id, ['printer'], { context: { traits: { rewards_member: true } } })
  assert.deepEqual(await told(browser), { recommendations: { NEXT: ['gold-card', 'ink', 'paper'] } })
})

test('a table that is not there is told in the log and by the health, and what it would recommend is no attribute', async () => {
  const id = newId()
  await buys(new Browser(site, visitor(id)), id, ['printer'])
  const line = 'nothing is recommended by the table nobody_trained: it is not in KV'
  await eventually('the log tells it', () => site.log().includes(line))
  assert.equal(site.log().split(line).length, 2)
  const health = await (await fetch(new URL('/_pintle/health', site.url))).json()
  assert.deepEqual([health.status, health.feed.tablesMissing], ['ok', ['pintle:table:nobody_trained']])
})

test('the guards are those of the decision endpoint, and only what the settings name is told', async () => {
  const browser = new Browser(site, visitor(newId()))
  const other = await asks(browser, { ...SCRIPT, 'sec-fetch-site': 'cross-site' })
  assert.deepEqual([other.status, other.body], [403, '{"error":"only pages of this site are answered"}'])
  assert.equal((await asks(browser)).headers['cache-control'], 'no-store')
  const nobody = await told(new Browser(site, {}))
  assert.deepEqual(nobody, { recommendations: {}, reason: 'no rl_anonymous_id cookie' })
  const decided = await browser.view('/_pintle/decision', { headers: SCRIPT })
  assert.deepEqual(JSON.parse(decided.body).decisions, { buyer: false })
})

test('on a site that names none the path is like any other', async (t) => {
  const none = await start(personalization({ recommendations: [] }))
  t.after(none.dispose)
  assert.equal((await asks(new Browser(none, visitor(newId())))).status, 404)
})

/** A site whose objects can be looked into, and whose KV fails them while it has the key `fails`. */
async function openedSite(t) {
  const own = await start(personalization(), { entry: path.join(root, 'tests/worker/unread.mjs') })
  t.after(own.dispose)
  for (const [key, value] of Object.entries(TABLE)) await own.profiles.put(key, JSON.stringify(value))
  return own
}

const of = (own, id) => own.people.get(own.people.idFromName(`anonymous_id:${id}`))
const snapshot = async (own, id) => (await (await of(own, id).fetch('https://people/snapshot')).json()).V
const look = async (own, id) => (await (await of(own, id).fetch('https://people/look')).json()).tables

test('a KV that fails leaves what was recommended, and what could not be read is read with the next event', async (t) => {
  const own = await openedSite(t)
  await own.profiles.put('pintle:table:also_bought:camera', '[["film",0.9]]')
  const id = newId()
  const browser = new Browser(own, visitor(id))
  await own.profiles.put('fails', 'yes')
  await buys(browser, id, ['printer'])
  assert.equal((await snapshot(own, id)).NEXT, undefined)
  assert.match(own.log(), /nothing is recommended by the table also_bought: it could not be read from KV/)
  await own.profiles.delete('fails')
  await buys(browser, id, ['printer'])
  assert.deepEqual((await snapshot(own, id)).NEXT, ['ink', 'paper', 'gold-card'])
  await own.profiles.put('fails', 'yes')
  await buys(browser, id, ['camera'])
  assert.deepEqual((await snapshot(own, id)).NEXT, ['ink', 'paper', 'gold-card'])
  await own.profiles.delete('fails')
  await buys(browser, id, ['camera'])
  assert.deepEqual((await snapshot(own, id)).NEXT, ['film', 'ink', 'paper'])
})

test('an object has the rows of the last purchases at hand, and somebody who is deleted leaves none', async (t) => {
  const own = await openedSite(t)
  const id = newId()
  await buys(new Browser(own, visitor(id)), id, ['printer'])
  assert.deepEqual((await snapshot(own, id)).NEXT, ['ink', 'paper', 'gold-card'])
  assert.match(JSON.stringify((await look(own, id)).shelf), /pintle:table:also_bought:printer/)
  const body = JSON.stringify({ entity: 'user', destinationId: 'd', id: { type: 'anonymous_id', value: id } })
  const headers = { authorization: `Bearer ${TOKEN}` }
  const gone = await fetch(new URL('/v2/activation', own.url), { method: 'DELETE', headers, body })
  assert.equal(gone.status, 200)
  assert.doesNotMatch(JSON.stringify(await look(own, id)), /printer/)
})

test('nobody whom nothing is recommended has a shelf', async (t) => {
  const own = await openedSite(t)
  const id = newId()
  await buys(new Browser(own, visitor(id)), id, [])
  assert.equal('shelf' in (await look(own, id)), false)
})
