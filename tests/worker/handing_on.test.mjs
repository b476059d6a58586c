// Handing on: a real server stands for RudderStack's data plane, and the built Worker in workerd hands events on to it,
// keeps them while it is down, and sends them again.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { eventually, newId, send } from './browser.mjs'
import { basic, event, startFeed, WEBHOOK_SECRET, WRITE_KEY } from './feed.mjs'
import { startServer } from './site.mjs'

const PERSONALIZATION = JSON.stringify({
  view: 'V',
  features: { bought: { defaultValue: false, rules: [{ condition: { ORDERS: { $gt: 0 } }, force: true }] } },
  deliver: [{ feature: 'bought', cookie: { name: 'bought', maxAge: '1d' } }],
  profile: { ORDERS: { count: { event: 'Order Completed' } } },
})

/** How long an outage's last attempt may be away. */
const PATIENCE_MS = 60_000

/** RudderStack's data plane: `answers` says with which status, and nothing is no answer at all. */
async function startDataPlane() {
  const plane = { status: 200, requests: [], taken: [] }
  const server = await startServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const { method, url, headers } = request
    plane.requests.push({ method, url, headers, body })
    if (plane.status === undefined) return
    if (plane.status === 200) plane.taken.push(...eventsOf(body, headers))
    response.writeHead(plane.status).end(plane.status === 200 ? 'OK' : 'no')
  })
  return Object.assign(plane, { url: server.url, dispose: server.dispose })
}

function eventsOf(body, headers) {
  if (body.length === 0 || headers['content-encoding']) return []
  const document = JSON.parse(body)
  return document.batch ?? [document]
}

let plane, site

const start = (bindings = {}, more = {}) =>
  startFeed({
    bindings: {
      PERSONALIZATION,
      WEBHOOK_SECRET,
      INGEST_PATH: '/collect',
      RUDDER_DATA_PLANE_URL: `${plane.url}/plane/`,
      ...bindings,
    },
    ...more,
  })

before(async () => {
  plane = await startDataPlane()
  site = await start()
})
after(() => Promise.all([plane, site].map((running) => running?.dispose())))

const order = (more) => event({ type: 'track', event: 'Order Completed', ...more })
const post = (on, below, body, headers = {}) =>
  send(new URL(`/collect${below}`, on.url), {
    method: 'POST',
    headers: { authorization: basic(), ...headers },
    body,
  })
const track = (on, body) => post(on, '/v1/track', JSON.stringify(body))

/** What has arrived of somebody's, in its order. */
const arrived = (id) => plane.taken.filter(({ anonymousId }) => anonymousId === id).map(({ messageId }) => messageId)
const last = () => plane.requests.at(-1)

test('an event goes on as it came: path, query, bytes and headers, and no cookie', async () => {
  const body = ` {"anonymousId" : "${newId()}", "event":"Look"}`
  const headers = {
    'content-type': 'text/plain;charset=UTF-8',
    'user-agent': 'a browser',
    anonymousid: 'MQ==',
    'rsa-retry-attempt': '2',
    origin: 'https://shop.example',
    referer: 'https://shop.example/a',
    cookie: 'session=secret',
    'x-other': 'other',
  }
  assert.equal((await post(site, '/v1/track?a=b', body, headers)).body, 'ok')
  const { cookie, 'x-other': _, ...along } = headers
  const got = last()
  assert.deepEqual([got.method, got.url, got.body.toString()], ['POST', '/plane/v1/track?a=b', body])
  for (const [name, value] of Object.entries({ ...along, authorization: basic() })) {
    assert.equal(got.headers[name], value, name)
  }
  assert.equal(got.headers.cookie, undefined)
  assert.equal(got.headers['x-other'], undefined)
  assert.ok(got.headers['x-forwarded-for'])
})

test('a beacon and a pixel go on, and what RudderStack itself sends does not', async () => {
  const batch = JSON.stringify({ batch: [event({ type: 'page', anonymousId: newId() })] })
  const beacon = await send(new URL(`/collect/beacon/v1/batch?writeKey=${WRITE_KEY}`, site.url), {
    method: 'POST',
    body: batch,
  })
  assert.equal(beacon.status, 200)
  assert.deepEqual([last().url, last().body.toString()], [`/plane/beacon/v1/batch?writeKey=${WRITE_KEY}`, batch])
  const query = `writeKey=${WRITE_KEY}&anonymousId=${newId()}&event=Seen`
  assert.equal((await send(new URL(`/collect/pixel/v1/track?${query}`, site.url))).status, 200)
  assert.deepEqual([last().method, last().url], ['GET', `/plane/pixel/v1/track?${query}`])
  const before = plane.requests.length
  const headers = { authorization: `Bearer ${WEBHOOK_SECRET}` }
  assert.equal((await post(site, '/webhook', JSON.stringify(order({ userId: newId() })), headers)).status, 200)
  // What is refused here does not go on, either.
  assert.equal((await track(site, { event: 'of nobody' })).status, 400)
  assert.equal(plane.requests.length, before)
})

test('gzip is read here and goes on as it came; a bomb, and what is no gzip, are told', async () => {
  const id = newId()
  const packed = gzipSync(JSON.stringify({ batch: [order({ anonymousId: id })] }))
  const encoded = (body, encoding = 'gzip') =>
    post(site, '/v1/batch', body, { 'content-encoding': encoding, connection: 'close' })
  assert.equal((await encoded(packed)).body, 'ok')
  assert.deepEqual(last().body, packed)
  assert.equal(last().headers['content-encoding'], 'gzip')
  assert.equal(await ordersOf(site, id), 1)
  const before = plane.requests.length
  assert.deepEqual(answer(await encoded(gzipSync(Buffer.alloc(200_000_000)))), [
    413,
    'request size exceeds max limit\n',
  ])
  const broken = await encoded(packed.subarray(0, packed.length - 9))
  assert.deepEqual(answer(broken), [400, 'invalid json\n'])
  assert.match(broken.headers['x-pintle-error'], /gzip/)
  assert.deepEqual(answer(await encoded('{}')), [400, 'invalid json\n'])
  assert.deepEqual(answer(await encoded(packed, 'br')), [415, 'the body is compressed, and only gzip is read\n'])
  assert.equal(plane.requests.length, before)
})

const answer = ({ status, body }) => [status, body]

/** How many orders the person's own object knows. */
async function ordersOf(on, id) {
  const stub = on.people.get(on.people.idFromName(`anonymous_id:${id}`))
  const response = await stub.fetch('https://people/snapshot')
  return JSON.parse(await response.text()).V.ORDERS
}

test('an event that comes back by webhook changes nothing', async () => {
  const id = newId()
  await track(site, order({ anonymousId: id }))
  assert.equal(await ordersOf(site, id), 1)
  const echo = plane.taken.find(({ anonymousId }) => anonymousId === id)
  // As RudderStack sends it: with what its own gateway added.
  const body = JSON.stringify([
    { ...echo, type: 'track', rudderId: randomUUID(), receivedAt: new Date().toISOString() },
  ])
  const response = await post(site, '/webhook', body, { authorization: `Bearer ${WEBHOOK_SECRET}` })
  assert.equal(response.status, 200)
  assert.equal(await ordersOf(site, id), 1)
  assert.deepEqual(arrived(id), [echo.messageId])
})

test('what the data plane will never take is safe here, and the log says what to look at, without the key', async () => {
  plane.status = 401
  try {
    const id = newId()
    assert.deepEqual(answer(await track(site, order({ anonymousId: id }))), [200, 'ok'])
    assert.equal(await ordersOf(site, id), 1)
    await eventually('the log says so', () => site.log().includes('with status 401'))
    assert.ok(site.log().includes('look at WRITE_KEYS'), site.log())
    for (const secret of [WRITE_KEY, btoa(`${WRITE_KEY}:`), id]) assert.ok(!site.log().includes(secret))
  } finally {
    plane.status = 200
  }
})

test('after an outage everything arrives once, in the order of each person, though workerd was started again', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'pintle-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const kept = { folder }
  const [one, other] = [newId(), newId()]
  const sent = { [one]: [], [other]: [] }
  const orderOf = async (on, id) => {
    const each = order({ anonymousId: id })
    assert.equal((await track(on, each)).status, 200)
    sent[id].push(each.messageId)
  }
  const first = await start({}, kept)
  plane.status = 500
  for (const id of [one, other, one, one, other]) await orderOf(first, id)
  const both = [order({ anonymousId: one }), order({ anonymousId: other }), order({ anonymousId: one })]
  assert.equal((await post(first, '/v1/batch', JSON.stringify({ batch: both }))).status, 200)
  for (const { anonymousId, messageId } of both) sent[anonymousId].push(messageId)
  await first.dispose()
  const again = await start({}, kept)
  t.after(again.dispose)
  await orderOf(again, one)
  // A workerd that ends takes its alarms along, as Cloudflare does not: the object sees to it when it is next asked.
  assert.equal(await ordersOf(again, other), 3)
  plane.status = 200
  for (const id of [one, other]) {
    await eventually('it arrives', () => arrived(id).length >= sent[id].length, PATIENCE_MS)
    assert.deepEqual(arrived(id), sent[id])
    assert.equal(await ordersOf(again, id), sent[id].length)
  }
  // As it came, and with what RudderStack would have known of it.
  const of = plane.taken.find(({ anonymousId }) => anonymousId === one)
  assert.ok(of.request_ip && of.receivedAt && of.originalTimestamp)
})

test('a data plane that cannot be reached, or never answers, keeps nobody: their events wait', async (t) => {
  const gone = await startDataPlane()
  await gone.dispose()
  const unreachable = await start({ RUDDER_DATA_PLANE_URL: gone.url })
  t.after(unreachable.dispose)
  const id = newId()
  assert.deepEqual(answer(await track(unreachable, order({ anonymousId: id }))), [200, 'ok'])
  assert.equal(await ordersOf(unreachable, id), 1)
  plane.status = undefined
  try {
    const late = order({ anonymousId: id })
    assert.deepEqual(answer(await track(site, late)), [200, 'ok'])
    plane.status = 200
    await eventually('it arrives', () => arrived(id).includes(late.messageId), PATIENCE_MS)
  } finally {
    plane.status = 200
  }
})

test('a data plane that did not answer five times in a row is left alone for a while, and everything arrives all the same', async (t) => {
  const slow = await startDataPlane()
  const waiting = await start({ RUDDER_DATA_PLANE_URL: slow.url })
  t.after(() => Promise.all([waiting.dispose(), slow.dispose()]))
  const counts = async () => (await (await fetch(new URL('/_pintle/health', waiting.url))).json()).feed.counts
  slow.status = undefined
  const orders = Array.from({ length: 6 }, () => order({ anonymousId: newId() }))
  const answers = await Promise.all(orders.slice(0, 5).map((each) => track(waiting, each)))
  assert.deepEqual(answers.map(answer), Array(5).fill([200, 'ok']))
  assert.equal((await counts()).notTried, 0)
  assert.deepEqual(answer(await track(waiting, orders[5])), [200, 'ok'])
  const { events, handedOn, queued, notTried } = await counts()
  assert.deepEqual({ events, handedOn, queued, notTried }, { events: 6, handedOn: 0, queued: 6, notTried: 1 })
  assert.ok(waiting.log().includes('is left alone for a while'), waiting.log())
  slow.status = 200
  const ids = orders.map(({ messageId }) => messageId).sort()
  const taken = () => slow.taken.map(({ messageId }) => messageId).sort()
  await eventually('they arrive', () => taken().length >= ids.length, PATIENCE_MS)
  assert.deepEqual(taken(), ids)
})

test('what finds no room to wait is answered 503, so that the SDK keeps it, and all that was answered 200 arrives', async () => {
  const id = newId()
  const large = () => order({ anonymousId: id, properties: { filler: 'x'.repeat(30_000) } })
  const taken = []
  plane.status = 503
  try {
    let status
    do {
      const each = large()
      status = (await track(site, each)).status
      if (status === 200) taken.push(each.messageId)
    } while (status === 200)
    assert.equal(status, 503)
    assert.ok(taken.length > 30 && taken.length < 40, `${taken.length}`)
    // Another's events have their own room.
    assert.equal((await track(site, order({ anonymousId: newId() }))).status, 200)
  } finally {
    plane.status = 200
  }
  await eventually('all of it arrives', () => arrived(id).length >= taken.length, PATIENCE_MS)
  assert.deepEqual(arrived(id), taken)
})

test('a batch that waited and will never be taken makes room for the next', async () => {
  const id = newId()
  plane.status = 503
  const [first, second] = [order({ anonymousId: id }), order({ anonymousId: id })]
  await track(site, first)
  plane.status = 400
  try {
    await eventually(
      'the log says so',
      () => site.log().includes('never takes 1 events that waited, with status 400'),
      PATIENCE_MS,
    )
  } finally {
    plane.status = 200
  }
  await track(site, second)
  assert.deepEqual(arrived(id), [second.messageId])
  assert.equal(await ordersOf(site, id), 2)
})

test('one person has a batch of 100 taken, and of a flood what is too much comes back later', async () => {
  const id = newId()
  const batch = (length) => JSON.stringify({ batch: Array.from({ length }, () => order({ anonymousId: id })) })
  const statuses = []
  let refused
  while (refused === undefined && statuses.length < 100) {
    const response = await post(site, '/v1/batch', batch(100))
    statuses.push(response.status)
    if (response.status === 429) refused = response
  }
  assert.deepEqual(statuses.slice(0, 2), [200, 200])
  assert.deepEqual(answer(refused), [429, 'max requests limit reached\n'])
  assert.ok(Number(refused.headers['retry-after']) >= 1)
  assert.equal((await track(site, order({ anonymousId: newId() }))).status, 200)
})

test('a data plane that is this very path is told, and not asked', async (t) => {
  const looped = await start({ RUDDER_DATA_PLANE_URL: 'http://shop.example/collect' })
  t.after(looped.dispose)
  const body = JSON.stringify(order({ anonymousId: newId() }))
  const headers = { authorization: basic(), host: 'shop.example' }
  const url = new URL('/collect/v1/track', looped.direct)
  assert.equal((await send(url, { method: 'POST', headers, body })).status, 200)
  await eventually('the log says so', () => looped.log().includes("it is this site's own path of events"))
})
