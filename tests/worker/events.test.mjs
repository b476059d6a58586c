// Events in, pages out: the built Worker in workerd, with people's own Durable Objects and KV. What the gateway answers is
// run case by case over HTTP.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { Browser, eventually, newId, visitor } from './browser.mjs'
import { basic, event, startFeed, WEBHOOK_SECRET, WRITE_KEY } from './feed.mjs'

const COOKIE = 'signed_up'
const PERSONALIZATION = JSON.stringify({
  view: 'V',
  features: { signed_up: { defaultValue: false, rules: [{ condition: { SIGNED_UP: 1 }, force: true }] } },
  deliver: [{ feature: 'signed_up', cookie: { name: COOKIE, maxAge: '1d' } }],
  profile: {
    SIGNED_UP: { exists: { trait: 'createdAt' }, as: 'number' },
    ORDERS: { count: { event: 'Order Completed' } },
  },
})

const start = (bindings = {}, more = {}) =>
  startFeed({
    bindings: {
      PERSONALIZATION,
      WRITE_KEYS: `${WRITE_KEY}, key-of-a-server=server`,
      WEBHOOK_SECRET,
      INGEST_PATH: '/collect',
      ...bindings,
    },
    ...more,
  })

let site, fromKv

before(async () => {
  site = await start()
  fromKv = await start({ PROFILE_SOURCES: 'kv' })
})
after(() => Promise.all([site, fromKv].map((running) => running?.dispose())))

async function send(on, kind, event, { key, headers = {} } = {}) {
  const url = new URL(`/collect/v1/${kind}`, on.url)
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: basic(key), ...headers },
    body: JSON.stringify(event),
  })
  return { status: response.status, text: await response.text() }
}

const signUp = (anonymousId, userId) => event({ anonymousId, userId, context: { traits: { createdAt: '2026-11-25' } } })
const view = async (on, id) => (await new Browser(on, visitor(id)).view()).set[COOKIE]?.value

test('an event changes the very next page, of the device and of the user’s other device', async () => {
  const [first, second, user] = [newId(), newId(), newId()]
  assert.equal(await view(site, first), 'false')
  assert.deepEqual(await send(site, 'identify', signUp(first, user)), { status: 200, text: 'ok' })
  assert.equal(await view(site, first), 'true')
  assert.equal((await send(site, 'identify', event({ anonymousId: second, userId: user }))).status, 200)
  assert.equal(await view(site, second), 'true')
})

test('a device that another user takes over shows nothing of the first', async () => {
  const [device, own, one, other] = [newId(), newId(), newId(), newId()]
  await send(site, 'identify', signUp(device, one))
  await send(site, 'identify', event({ anonymousId: own, userId: one }))
  assert.equal(await view(site, device), 'true')
  await send(site, 'identify', event({ anonymousId: device, userId: other }))
  assert.equal(await view(site, device), 'false')
  assert.equal(await view(site, own), 'true')
})

test('KV hears of it after the answer, under every alias, and a device of two users is taken out', async () => {
  const [device, user, other] = [newId(), newId(), newId()]
  const keys = [`user:anonymous_id:${device}`, `user:user_id:${user}`]
  assert.equal((await send(fromKv, 'identify', signUp(device, user))).status, 200)
  assert.equal(await fromKv.profiles.get(keys[0]), null)
  for (const key of keys) {
    await eventually('KV has it', async () => (await fromKv.profiles.get(key)) === '{"V":{"ORDERS":0,"SIGNED_UP":1}}')
  }
  assert.equal(await view(fromKv, device), 'true')
  await send(fromKv, 'identify', event({ anonymousId: device, userId: other }))
  await eventually('KV has it no more', async () => (await fromKv.profiles.get(keys[0])) === null)
  assert.notEqual(await fromKv.profiles.get(keys[1]), null)
})

test('the same event twice, by the SDK and by the webhook, counts once', async () => {
  const user = newId()
  const order = event({ type: 'track', event: 'Order Completed', userId: user })
  await send(fromKv, 'track', order)
  await send(fromKv, 'batch', { batch: [order] })
  const response = await fetch(new URL('/collect/webhook', fromKv.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${WEBHOOK_SECRET}` },
    body: JSON.stringify([
      { ...order, timestamp: new Date().toISOString() },
      event({ type: 'track', event: 'Order Completed', userId: user }),
    ]),
  })
  assert.equal(response.status, 200)
  const key = `user:user_id:${user}`
  await eventually('KV has it', async () => JSON.parse(await fromKv.profiles.get(key))?.V.ORDERS === 2)
})

test('an event that can change nothing reaches no object, and one with a binding reaches only whom it is news to', async (t) => {
  const counted = await start({}, { entry: path.join(root, 'tests/worker/counted.mjs') })
  t.after(counted.dispose)
  const of = async (device, user) => {
    const { asked } = await (await fetch(new URL('/counted', counted.url))).json()
    return [asked[`anonymous_id:${device}`] ?? 0, asked[`user_id:${user}`] ?? 0]
  }
  const [device, user] = [newId(), newId()]
  const page = event({ anonymousId: device, properties: { path: '/' } })
  assert.equal((await send(counted, 'page', page)).status, 200)
  assert.equal((await send(counted, 'track', event({ anonymousId: device, event: 'Link Clicked' }))).status, 200)
  assert.equal((await send(counted, 'identify', event({ anonymousId: device, traits: { plan: 'x' } }))).status, 200)
  assert.deepEqual(await of(device, user), [0, 0])
  // Nothing of it is heard, but it says whose the device is.
  const named = () => event({ anonymousId: device, userId: user })
  assert.equal((await send(counted, 'page', named())).status, 200)
  assert.deepEqual(await of(device, user), [1, 1])
  assert.equal((await send(counted, 'page', named())).status, 200)
  assert.deepEqual(await of(device, user), [2, 1])
  await send(counted, 'track', { ...named(), event: 'Order Completed' })
  assert.deepEqual(await of(device, user), [3, 2])
})

test('what is said again writes no row', async (t) => {
  const counted = await start({}, { entry: path.join(root, 'tests/worker/counted.mjs') })
  t.after(counted.dispose)
  const rows = async () => (await (await fetch(new URL('/counted', counted.url))).json()).rows
  const order = event({ anonymousId: newId(), userId: newId(), event: 'Order Completed' })
  await send(counted, 'track', order)
  // Until KV has heard of it.
  await eventually('no more is written', async () => {
    const before = await rows()
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    return before === (await rows())
  })
  const before = await rows()
  assert.ok(before > 0)
  await send(counted, 'track', order)
  assert.equal(await rows(), before)
})

test('an object is made near the page that sends, and near the time zone that a server tells, not near the server', async (t) => {
  const counted = await start({}, { entry: path.join(root, 'tests/worker/counted.mjs') })
  t.after(counted.dispose)
  const near = async (headers, more) => {
    const anonymousId = newId()
    const sent = event({ anonymousId, event: 'Order Completed', ...more })
    const from = JSON.stringify({ continent: 'NA', longitude: '-78.5' })
    await send(counted, 'track', sent, { headers: { 'x-from': from, ...headers } })
    const told = await (await fetch(new URL('/counted', counted.url))).json()
    return told.near[`anonymous_id:${anonymousId}`]
  }
  const berlin = { context: { timezone: 'Europe/Berlin' } }
  assert.equal(await near({ origin: 'https://shop.example' }, berlin), 'enam')
  assert.equal(await near({}, berlin), 'weur')
  assert.equal(await near({}, {}), undefined)
})

test('nothing is answered 200 that is not kept, and the log tells neither ids nor traits', async () => {
  const broken = await start({}, { durableObjects: {} })
  const wrong = await start({ PERSONALIZATION: PERSONALIZATION.replace('"count"', '"counts"') })
  try {
    const [device, user] = [newId(), newId()]
    // Without the objects the paths are the site's, whose assets are only read.
    assert.equal((await send(broken, 'identify', signUp(device, user))).status, 405)
    // A body that is refused before it was read ends its connection.
    const headers = { connection: 'close' }
    const answer = await send(wrong, 'identify', signUp(device, user), { headers })
    assert.deepEqual(answer, { status: 503, text: 'service unavailable\n' })
    // What is none of the gateway's paths is the site's all the same.
    assert.equal((await fetch(new URL('/collect/v1/other', wrong.url))).status, 404)
    assert.ok(wrong.log().includes('$.profile.ORDERS.counts: is no operator'), wrong.log())
    for (const told of [device, user, '2026-11-25']) assert.ok(!wrong.log().includes(told))
  } finally {
    await Promise.all([broken.dispose(), wrong.dispose()])
  }
})

test('the health counts the ids that stand for nobody, and the events that are about nobody', async (t) => {
  const counting = await start()
  t.after(counting.dispose)
  await send(counting, 'identify', signUp(newId(), 'null'))
  await send(counting, 'page', event({ userId: 'undefined' }))
  const health = await (await fetch(new URL('/_pintle/health', counting.url))).json()
  const { events, idsOfNobody, aboutNobody, late } = health.feed.counts
  assert.deepEqual({ events, idsOfNobody, aboutNobody, late }, { events: 2, idsOfNobody: 1, aboutNobody: 1, late: 0 })
})

test('the health tells the feed: what is wrong with it is a 503 with its place, and pages are served all the same', async (t) => {
  const health = async (on) => {
    const response = await fetch(new URL('/_pintle/health', on.url))
    return { code: response.status, ...(await response.json()) }
  }
  const right = await health(site)
  assert.equal(right.code, 200)
  assert.equal(right.status, 'ok')
  assert.deepEqual(right.feed.mistakes, [])
  assert.deepEqual(right.personalization.sources, ['people'])
  const profile = PERSONALIZATION.replace('"count"', '"counts"')
  for (const [given, more, status, mistakes] of [
    [
      { PERSONALIZATION: profile, INGEST_PATH: 'collect' },
      {},
      'unfed',
      ['$.profile.ORDERS.counts: is no operator; did you mean `count`?', 'INGEST_PATH: must be a path such as'],
    ],
    [{ PROFILE_SOURCES: 'kv' }, { durableObjects: {} }, 'unfed', ['PEOPLE: the Durable Objects are not bound']],
    [{ EXPLAIN: 'no' }, {}, 'unpersonalised', []],
  ]) {
    const wrong = await start(given, more)
    t.after(wrong.dispose)
    const { code, feed, ...told } = await health(wrong)
    assert.equal(code, 503)
    assert.equal(told.status, status)
    assert.equal(feed.mistakes.length, mistakes.length, JSON.stringify(feed))
    for (const [index, { at, what }] of feed.mistakes.entries()) {
      assert.ok(`${at}: ${what}`.startsWith(mistakes[index]), `${at}: ${what}`)
    }
    assert.equal((await new Browser(wrong, visitor(newId())).view()).status, 200)
    if (status === 'unfed') assert.equal(await view(wrong, newId()), 'false')
  }
  const without = await start({ WRITE_KEYS: '', WEBHOOK_SECRET: '' })
  t.after(without.dispose)
  assert.equal((await health(without)).feed, undefined)
})

const { environment, cases } = JSON.parse(await readFile(path.join(root, 'tests/conformance/gateway.json'), 'utf8'))

test('the gateway answers over HTTP as its cases say', async (context) => {
  const gateway = await start({ INGEST_PATH: '', ...environment })
  try {
    for (const { name, request, expect } of cases) {
      await context.test(name, () => asked(gateway, request, expect))
    }
  } finally {
    await gateway.dispose()
  }
})

async function asked(gateway, { method, path, headers, body, bodyRepeat }, expect) {
  const { before, repeat, times, after } = bodyRepeat ?? {}
  const response = await fetch(new URL(path, gateway.url), {
    method,
    // A body that is refused before it was read ends its connection.
    headers: { ...headers, connection: 'close' },
    body: bodyRepeat ? `${before}${repeat.repeat(times)}${after}` : body,
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  assert.equal(response.status, expect.status)
  if (expect.body !== undefined && method !== 'HEAD') assert.equal(bytes.toString(), expect.body)
  if (expect.bodyBase64 !== undefined) assert.equal(bytes.toString('base64'), expect.bodyBase64)
  for (const [name, value] of Object.entries(expect.headers ?? {})) assert.equal(response.headers.get(name), value)
}
