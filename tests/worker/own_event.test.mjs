// The answer to an event is the ticket: the visitor whose own event it is gets with its answer what a page would have got
// after it. The built Worker in workerd, with people's own Durable Objects.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { Browser, newId, visitor, written } from './browser.mjs'
import { basic, event, startFeed, WEBHOOK_SECRET, WRITE_KEY } from './feed.mjs'
import { KEY } from './site.mjs'

const COOKIE = 'signed_up'
const TICKET = 'pintle_ticket'
/** `npm run bench` asks for more of them. */
const ROUNDS = Number(process.env.ROUNDS ?? 1_000)

const PERSONALIZATION = JSON.stringify({
  view: 'V',
  features: {
    signed_up: { defaultValue: false, rules: [{ condition: { SIGNED_UP: true }, force: true }] },
    orders: {
      defaultValue: 'none',
      rules: ['1', '2', '3'].map((n) => ({ condition: { ORDERS: Number(n) }, force: n })),
    },
    round: {
      defaultValue: 'even',
      rules: [{ condition: { ROUND: 1 }, force: 'odd' }],
    },
  },
  consent: { cookie: 'consent', denied: ['no'] },
  deliver: ['signed_up', 'orders', 'round'].map((feature) => ({ feature, cookie: { name: feature, maxAge: '1d' } })),
  profile: {
    SIGNED_UP: { exists: { trait: 'createdAt' } },
    ORDERS: { count: { event: 'Order Completed' } },
    ROUND: { last: { event: 'Round', value: 'properties.round' } },
  },
})

const start = (bindings = {}, more = {}) =>
  startFeed({
    bindings: {
      PERSONALIZATION,
      PROFILE_SOURCES: 'kv,people',
      WRITE_KEYS: `${WRITE_KEY}, of-a-server=server`,
      WEBHOOK_SECRET,
      TICKET_KEYS: KEY,
      EXPLAIN: 'true',
      ...bindings,
    },
    ...more,
  })

let site

before(async () => {
  site = await start()
})
after(() => site?.dispose())

const signUp = (anonymousId, more) =>
  event({ type: 'identify', anonymousId, context: { traits: { createdAt: '2026-11-25' } }, ...more })
const order = (anonymousId, more) => event({ type: 'track', event: 'Order Completed', anonymousId, ...more })

/** Sends an event from a page that this browser shows, as the SDK does. */
function sends(browser, path, body, headers = {}) {
  const page = { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors', accept: '*/*', authorization: basic() }
  return browser.view(path, { method: body === undefined ? 'GET' : 'POST', headers: { ...page, ...headers }, body })
}

const looked = (answer) => answer.headers['server-timing']?.match(/pintle-lookup;desc="([^"]*)"/)?.[1]

test('the answer to a sign-up carries the decision and the ticket, and the next page asks nobody', async () => {
  const id = newId()
  const browser = new Browser(site, visitor(id))
  assert.equal((await browser.view()).set[COOKIE].value, 'false')
  const answer = await sends(browser, '/v1/identify', signUp(id, { userId: newId() }))
  assert.deepEqual([answer.status, answer.body], [200, 'ok'])
  assert.equal(answer.set[COOKIE].value, 'true')
  assert.ok(answer.set[TICKET].attributes.includes('HttpOnly'))
  const page = await browser.view()
  assert.match(looked(page), /^not asked: a fresh ticket answers/)
  assert.deepEqual(page.set, {})
  assert.equal(browser.cookies[COOKIE], 'true')
})

test('no shared cache may keep an answer with somebody’s ticket', async () => {
  const id = newId()
  const answer = await sends(new Browser(site, visitor(id)), '/v1/identify', signUp(id))
  assert.match(answer.headers['cache-control'], /private|no-store/)
})

test('every way in which a page sends events is answered so: batch, beacon, pixel', async () => {
  const ids = [newId(), newId(), newId()]
  const [batch, beacon, pixel] = ids.map((id) => new Browser(site, visitor(id)))
  const many = { batch: [order(ids[0]), order(ids[0]), order(newId())] }
  assert.equal((await sends(batch, '/v1/batch', many)).set.orders.value, '2')
  const sent = { batch: [order(ids[1])] }
  const text = { authorization: undefined, 'content-type': 'text/plain;charset=UTF-8' }
  assert.equal((await sends(beacon, `/beacon/v1/batch?writeKey=${WRITE_KEY}`, sent, text)).set.orders.value, '1')
  const query = new URLSearchParams({ writeKey: WRITE_KEY, anonymousId: ids[2], event: 'Order Completed' })
  const image = await sends(pixel, `/pixel/v1/track?${query}`, undefined, { authorization: undefined })
  assert.equal(image.headers['content-type'], 'image/gif')
  assert.equal(image.set.orders.value, '1')
  assert.match(image.headers['cache-control'], /private|no-store/)
})

test("a stranger who sends somebody else's anonymousId gets no ticket and no decision", async () => {
  const [victim, stranger] = [newId(), newId()]
  await sends(new Browser(site, visitor(victim)), '/v1/identify', signUp(victim))
  for (const cookies of [visitor(stranger), {}, { rl_anonymous_id: 'not-one' }]) {
    const answer = await sends(new Browser(site, cookies), '/v1/track', order(victim))
    assert.deepEqual([answer.status, answer.set], [200, {}])
  }
  // What is in the batch of others is not the stranger's either.
  const own = await sends(new Browser(site, visitor(stranger)), '/v1/batch', {
    batch: [order(victim), order(stranger)],
  })
  assert.equal(own.set.orders.value, '1')
})

test('an event that is refused sets nothing', async () => {
  const id = newId()
  const browser = new Browser(site, visitor(id))
  await sends(browser, '/v1/identify', signUp(id))
  const refused = await sends(browser, '/v1/track', order(id), { authorization: basic('other') })
  assert.deepEqual([refused.status, refused.set], [401, {}])
  const hook = await sends(browser, '/webhook', order(id), { authorization: 'Bearer wrong' })
  assert.deepEqual([hook.status, hook.set], [401, {}])
})

test('who does not want to be known gets no ticket with an event, and loses what was set before', async () => {
  const id = newId()
  const browser = new Browser(site, visitor(id))
  await sends(browser, '/v1/identify', signUp(id))
  const private_ = await sends(browser, '/v1/track', order(id), { 'sec-gpc': '1' })
  assert.equal(private_.status, 200)
  assert.ok(private_.set[TICKET].attributes.includes('Max-Age=0'))
  assert.equal(browser.cookies[COOKIE], undefined)
  browser.cookies.consent = 'no'
  assert.deepEqual((await sends(browser, '/v1/track', order(id))).set, {})
})

test('what others did before counts in the same answer, and a device that another user takes over gets its own', async () => {
  const [device, user, other] = [newId(), newId(), newId()]
  const browser = new Browser(site, visitor(device))
  await sends(new Browser(site), '/v1/track', order(undefined, { userId: user }), {
    authorization: basic('of-a-server'),
  })
  const login = await sends(browser, '/v1/identify', event({ type: 'identify', anonymousId: device, userId: user }))
  assert.equal(login.set.orders.value, '1')
  // An order by the user's name alone, and the device's own page view with it, in one batch.
  const both = { batch: [order(device), order(undefined, { userId: user })] }
  assert.equal((await sends(browser, '/v1/batch', both)).set.orders.value, '3')
  const taken = await sends(browser, '/v1/identify', event({ type: 'identify', anonymousId: device, userId: other }))
  assert.equal(taken.set.orders.value, '1')
  assert.equal(browser.cookies.orders, '1')
})

test('cookies of an older SDK are the same visitor', async () => {
  const id = newId()
  const browser = new Browser(site, { rl_anonymous_id: encodeURIComponent(written.legacy(id)) })
  assert.equal((await sends(browser, '/v1/identify', signUp(id))).set[COOKIE].value, 'true')
})

const percentile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]

/** An event and then a page, again and again: each page must show what its event said. */
async function rounds(on, { hasTicket }) {
  let id, browser
  const [stale, asked, took] = [[], [], []]
  for (let round = 1; round <= ROUNDS; round++) {
    // One person has only so many events taken at once.
    if (round % 200 === 1) {
      id = newId()
      browser = new Browser(on, visitor(id))
    }
    const began = performance.now()
    const body = event({ type: 'track', event: 'Round', anonymousId: id, properties: { round: round % 2 } })
    const answer = await sends(browser, '/v1/track', body)
    assert.equal(answer.status, 200)
    const page = await browser.view()
    took.push(performance.now() - began)
    if (browser.cookies.round !== (round % 2 ? 'odd' : 'even')) stale.push(round)
    if (!looked(page)?.startsWith('not asked')) asked.push(round)
  }
  took.sort((a, b) => a - b)
  assert.deepEqual(stale, [])
  if (hasTicket) assert.deepEqual(asked, [])
  const [p50, p99] = [0.5, 0.99].map((part) => percentile(took, part).toFixed(1))
  return `${ROUNDS} rounds: 0 stale, ${asked.length} lookups; event and page p50 ${p50} ms, p99 ${p99} ms`
}

test('an event, then a page, again and again: none is stale, and none is looked up', async (context) => {
  context.diagnostic(await rounds(site, { hasTicket: true }))
})

test('… nor with tickets off, read from the object', async (context) => {
  const withoutTickets = await start({ TICKET_KEYS: '', PROFILE_SOURCES: 'people' })
  try {
    context.diagnostic(await rounds(withoutTickets, { hasTicket: false }))
  } finally {
    await withoutTickets.dispose()
  }
})

test('… nor with KV switched off', async (context) => {
  const withoutKv = await start({ PROFILE_SOURCES: 'people' }, { profiles: false })
  try {
    context.diagnostic(await rounds(withoutKv, { hasTicket: true }))
  } finally {
    await withoutKv.dispose()
  }
})
