// The feed in workerd and a real redis-server: what other programs read there of users, and that it goes with them.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'

import { eventually, newId } from './browser.mjs'
import { skip, startCluster, startRedis } from './redis_server.mjs'
import { startSite } from './site.mjs'

const KEY = 'write-key-of-the-tests'
const PERSONALIZATION = JSON.stringify({
  view: 'V',
  features: { pro: { defaultValue: false, rules: [{ condition: { PLAN: 'pro' }, force: true }] } },
  deliver: [{ feature: 'pro', cookie: { name: 'pro', maxAge: '1d' } }],
  profile: {
    PLAN: { last: { trait: 'plan' } },
    ORDERS: { count: { event: 'Order Completed' } },
    RECENT: {
      lastDistinctN: { event: 'Order Completed', value: 'properties.sku', n: 2 },
      shape: ['purchase_1', 'purchase_2'],
    },
  },
})

let redis
before(async () => {
  if (!skip) redis = await startRedis()
})
after(() => redis?.dispose())

async function start(t, bindings = {}, more = {}) {
  const own = { PERSONALIZATION, PROFILE_SOURCES: 'people', WRITE_KEYS: KEY, FEED_REDIS_URL: redis.url, ...bindings }
  const on = await startSite({
    bindings: { ...own, ACTIVATION_TOKEN: 'token', ACTIVATION_DESTINATION_ID: 'd' },
    ...more,
  })
  t.after(on.dispose)
  return on
}

async function send(on, kind, event) {
  const headers = { authorization: `Basic ${btoa(`${KEY}:`)}` }
  const body = JSON.stringify({ messageId: randomUUID(), ...event })
  const response = await fetch(new URL(`/v1/${kind}`, on.url), { method: 'POST', headers, body })
  assert.equal(response.status, 200, await response.text())
}

const identify = (on, userId, anonymousId, plan) =>
  send(on, 'identify', { userId, anonymousId, context: { traits: { plan } } })
const bought = (on, userId, sku) =>
  send(on, 'track', { userId, event: 'Order Completed', anonymousId: userId, properties: { sku } })

/** The fields of a hash, by name. */
async function hash(key, { does } = redis) {
  const texts = (await does(['HGETALL', key])).split('\r\n').slice(2, -2)
  const said = texts.filter((_, at) => at % 2 === 1)
  return Object.fromEntries(said.flatMap((name, at) => (at % 2 === 0 ? [[name, said[at + 1]]] : [])))
}
const holds = (key, expected, at) =>
  eventually(`${key} holds what is known`, async () => {
    const fields = await hash(key, at)
    return Object.entries(expected).every(([name, text]) => fields[name] === text) && fields
  })

test('features of a user stand there as text, what was null has no field, and others’ fields stay', {
  skip,
}, async (t) => {
  const on = await start(t, { REDIS_PREFIX: 'shop' })
  const user = newId()
  await redis.does(['HSET', `shop:user:${user}`, 'theirs', 'stays', 'RECENT.purchase_2', 'of before'])
  await identify(on, user, newId(), 'pro')
  await bought(on, user, 'sku-1')
  const wanted = { PLAN: 'pro', ORDERS: '1', 'RECENT.purchase_1': 'sku-1', theirs: 'stays' }
  assert.deepEqual(await holds(`shop:user:${user}`, wanted), wanted)
  await bought(on, user, 'sku-2')
  await holds(`shop:user:${user}`, { ORDERS: '2', 'RECENT.purchase_1': 'sku-1', 'RECENT.purchase_2': 'sku-2' })
  assert.match(await redis.does(['TTL', `shop:user:${user}`]), /:3455\d{4}\r\n|:34560000\r\n/)
  assert.ok(await on.profiles.get(`user:user_id:${user}`), 'KV has it as well')
})

test('a device alone, even one that is called as a user is, writes nothing', { skip }, async (t) => {
  const on = await start(t)
  const [user, device] = [newId(), newId()]
  await identify(on, user, device, 'pro')
  await holds(`user:${user}`, { PLAN: 'pro' })
  await send(on, 'track', { anonymousId: user, event: 'Order Completed', properties: { sku: 'forged' } })
  await eventually('KV has it', () => on.profiles.get(`user:anonymous_id:${user}`))
  assert.equal((await hash(`user:${user}`)).ORDERS, '0')
  assert.deepEqual(await hash(`user:${device}`), {})
})

test('a user who is deleted is gone from there when that is answered', { skip }, async (t) => {
  const on = await start(t)
  const user = newId()
  await identify(on, user, newId(), 'pro')
  await holds(`user:${user}`, { PLAN: 'pro' })
  const response = await fetch(new URL('/v2/activation', on.url), {
    method: 'DELETE',
    headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
    body: JSON.stringify({ entity: 'user', destinationId: 'd', id: { type: 'user_id', value: user } }),
  })
  assert.equal(response.status, 200, await response.text())
  assert.deepEqual(await hash(`user:${user}`), {})
})

test('without KV it is told as well, and one that was down when it is back', { skip }, async (t) => {
  const down = await startRedis()
  const on = await start(t, { FEED_REDIS_URL: down.url }, { profiles: false })
  const user = newId()
  await identify(on, user, newId(), 'pro')
  await holds(`user:${user}`, { PLAN: 'pro' }, down)
  await down.dispose()
  await bought(on, user, 'sku-1')
  await eventually('the log says it', () => on.log().includes('FEED_REDIS_URL: it cannot be reached'))
  assert.ok(!on.log().includes(user) && !on.log().includes('of-the-tests'), on.log())
  const back = await startRedis(['--port', String(down.port)])
  t.after(back.dispose)
  await eventually('it is told', async () => (await hash(`user:${user}`, { does: down.does })).ORDERS === '1', 30_000)
})

test('a cluster is followed', { skip }, async (t) => {
  const cluster = await startCluster()
  t.after(cluster.dispose)
  const on = await start(t, { FEED_REDIS_URL: cluster.url })
  for (const user of Array.from({ length: 6 }, newId)) {
    await identify(on, user, newId(), 'pro')
    await eventually('one of them has it', async () => {
      const said = await cluster.does(['HGET', `user:${user}`, 'PLAN'])
      return said.some((each) => each.includes('$3\r\npro'))
    })
  }
})
