// The Worker in workerd and a real redis-server: RudderStack's layouts, and everything that may be wrong with Redis.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { PAGE, startOrigin } from './activation_api.mjs'
import { Browser, eventually, newId, visitor } from './browser.mjs'
import {
  skip,
  skipJson,
  startCluster,
  startKilling,
  startRedis,
  startSaying,
  startSecureRedis,
  WITH_JSON,
} from './redis_server.mjs'
import { startSite } from './site.mjs'

const COOKIE = 'rs_activation_signed_up'
const VIEW = 'WEB_PERSONALIZATION:FEATURES_BY_ANON'
const OF = { REDIS_WORKSPACE_ID: 'w1', REDIS_DESTINATION_ID: 'd1', PROFILE_SOURCES: 'redis', LOOKUP_BUDGET_MS: '2000' }

let redis, origin

before(async () => {
  if (skip) return
  redis = await startRedis()
  origin = await startOrigin()
})
after(() => Promise.all([redis, origin].map((running) => running?.dispose())))

async function site(t, bindings = {}, more = {}) {
  const own = await startSite({
    bindings: { ...OF, REDIS_URL: redis.url, ORIGIN_URL: origin.url, ...bindings },
    ...more,
  })
  t.after(own.dispose)
  return own
}

const view = (on, id) => new Browser(on, visitor(id)).view()
const decided = (page) => new RegExp(`${COOKIE}=([^;]*)`).exec(String(page.headers['set-cookie']))?.[1]

/** The page is served as if there were no Redis, and the log says why: not with the password, nor with the id. */
async function assertFails(on, why, id = newId()) {
  const page = await view(on, id)
  assert.equal(page.status, 200)
  assert.equal(page.body, PAGE)
  assert.equal(page.headers['set-cookie'], undefined)
  await eventually('the log says why', () => on.log().includes(why))
  assert.ok(!on.log().includes(id) && !on.log().includes('of-the-tests'), on.log())
}

test('a view of a Profiles sync decides, is written back to KV, and who is not there is a miss', {
  skip,
}, async (t) => {
  const on = await site(t, { PROFILE_SOURCES: 'kv,redis' })
  const id = newId()
  await redis.does(['HSET', `w1:d1:user:anonymous_id:${id}`, VIEW, '{"USER_APP_SIGN_UP":1}'])
  assert.equal(decided(await view(on, id)), 'true')
  const kept = await eventually('it is in KV', () => on.profiles.get(`user:anonymous_id:${id}`))
  assert.deepEqual(JSON.parse(kept), { [VIEW]: { USER_APP_SIGN_UP: 1 } })
  assert.equal(decided(await view(on, newId())), 'false')
})

test('a user of the event stream decides, with a prefix and with a blank one', { skip }, async (t) => {
  for (const [prefix, before] of [
    ['shop', 'shop:'],
    [' ', ''],
  ]) {
    const on = await site(t, { REDIS_LAYOUT: 'users', REDIS_PREFIX: prefix })
    const id = newId()
    await redis.does(['HSET', `${before}user:${id}`, 'USER_APP_SIGN_UP', '1', 'company.id', '007'])
    assert.equal(decided(await view(on, id)), 'true')
    assert.ok(!on.log().includes('redis'), on.log())
  }
})

test('a wrong password is told by its variable', { skip }, async (t) => {
  const on = await site(t, { REDIS_URL: redis.url.replace('of-the', 'not-of-the') })
  await assertFails(on, 'it does not take the user and password')
})

test('a value of 10 MB is refused before it is read, and touches nobody else', { skip }, async (t) => {
  const on = await site(t)
  const [large, small] = [newId(), newId()]
  await redis.does(['HSET', `w1:d1:user:anonymous_id:${large}`, VIEW, 'x'.repeat(10_000_000)])
  await redis.does(['HSET', `w1:d1:user:anonymous_id:${small}`, VIEW, '{"USER_APP_SIGN_UP":1}'])
  await assertFails(on, 'the profile has more than 65536 bytes', large)
  assert.equal(decided(await view(on, small)), 'true')
})

test('one that is slow costs the budget, and what comes late is there for the next page', { skip }, async (t) => {
  const on = await site(t, { LOOKUP_BUDGET_MS: '100' })
  const id = newId()
  await redis.does(['HSET', `w1:d1:user:anonymous_id:${id}`, VIEW, '{"USER_APP_SIGN_UP":1}'])
  await redis.does(['CLIENT', 'PAUSE', '1000', 'ALL'])
  await assertFails(on, 'no answer within the budget', id)
  await eventually('the next page knows', async () => decided(await view(on, id)) === 'true')
})

test('a document of the JSON module decides, and what is none is told by its layout', { skip: skipJson }, async (t) => {
  const own = await startRedis(WITH_JSON)
  t.after(own.dispose)
  const at = { REDIS_URL: own.url, REDIS_LAYOUT: 'users-json', REDIS_PREFIX: 'shop' }
  const on = await site(t, at)
  const [id, nested, hash] = [newId(), newId(), newId()]
  await own.does(['JSON.SET', `shop:user:${id}`, '$', '{"USER_APP_SIGN_UP":1}'])
  await own.does(['JSON.SET', `shop:user:${nested}`, '$', '{"company":{"id":"007","grün":[1,null]}}'])
  await own.does(['JSON.SET', `shop:user:${nested}`, '$.USER_APP_SIGN_UP', 'true'])
  await own.does(['HSET', `shop:user:${hash}`, 'USER_APP_SIGN_UP', '1'])
  for (const [who, wanted] of [
    [id, 'true'],
    [nested, 'true'],
    [newId(), 'false'],
  ])
    assert.equal(decided(await view(on, who)), wanted)
  assert.ok(!on.log().includes('redis'), on.log())
  await assertFails(on, 'its key holds another type than that of REDIS_LAYOUT', hash)
  await assertFails(await site(t, { ...at, REDIS_LAYOUT: 'users' }), 'its key holds another type', id)
})

test('a Redis without the JSON module is told what it lacks', { skip }, async (t) => {
  const on = await site(t, { REDIS_LAYOUT: 'users-json' })
  await assertFails(on, '`users-json` needs the JSON module')
})

test('one that is killed in the middle of an answer is a failure that says so', { skip }, async (t) => {
  const id = newId()
  const killed = await startRedis()
  const door = await startKilling(killed, 1_000)
  t.after(() => Promise.all([killed, door].map((running) => running.dispose())))
  const long = JSON.stringify({ USER_APP_SIGN_UP: 1, LONG: 'x'.repeat(60_000) })
  await killed.does(['HSET', `w1:d1:user:anonymous_id:${id}`, VIEW, long])
  await assertFails(await site(t, { REDIS_URL: door.url }), 'in the middle of the answer', id)
})

test('a server of a cluster that has another one’s key is followed to that one', { skip }, async (t) => {
  const cluster = await startCluster()
  t.after(cluster.dispose)
  const on = await site(t, { REDIS_URL: cluster.url })
  const ids = Array.from({ length: 12 }, newId)
  for (const id of ids) await cluster.does(['HSET', `w1:d1:user:anonymous_id:${id}`, VIEW, '{"USER_APP_SIGN_UP":1}'])
  const keys = await Promise.all(cluster.nodes.map((node) => node.does(['DBSIZE'])))
  assert.ok(
    keys.every((said) => !said.includes(':0\r\n')),
    'each of them has some',
  )
  for (const id of ids) assert.equal(decided(await view(on, id)), 'true')
  assert.equal(decided(await view(on, newId())), 'false')
  assert.ok(!on.log().includes('redis'), on.log())
})

test('a key that is on its way from one server of a cluster to another is asked for where it goes', {
  skip,
}, async (t) => {
  const cluster = await startCluster()
  t.after(cluster.dispose)
  const on = await site(t, { REDIS_URL: cluster.url })
  const from = new Set()
  while (from.size < 3) {
    const id = newId()
    const key = `w1:d1:user:anonymous_id:${id}`
    const moving = await cluster.move(key)
    from.add(moving.from)
    assert.match(await moving.from.does(['HGETALL', key]), /-ASK /)
    assert.match(await moving.to.does(['HGETALL', key]), /-MOVED /)
    await moving.to.does(['ASKING'], ['HSET', key, VIEW, '{"USER_APP_SIGN_UP":1}'])
    assert.equal(decided(await view(on, id)), 'true')
  }
  assert.ok(!on.log().includes('redis'), on.log())
})

test('TLS is spoken, and a certificate that nobody vouches for is refused', { skip }, async (t) => {
  const secure = await startSecureRedis()
  t.after(secure.dispose)
  const id = newId()
  await secure.does(['HSET', `w1:d1:user:anonymous_id:${id}`, VIEW, '{"USER_APP_SIGN_UP":1}'])
  const network = { allow: ['public', 'private'], tlsOptions: { trustedCertificates: [secure.ca] } }
  const on = await site(t, { REDIS_URL: secure.secure }, { outboundService: { network } })
  assert.equal(decided(await view(on, id)), 'true')
  await assertFails(await site(t, { REDIS_URL: secure.secure }), 'redis failed: the source cannot be reached', id)
})

test('one that hangs up, or speaks another protocol, is a failure that says so', { skip }, async (t) => {
  for (const [reply, closes, why] of [
    ['$900\r\n{"USER', true, 'in the middle of the answer'],
    ['-MOVED 3999 :0\r\n', false, 'redis failed'],
    ['-CLUSTERDOWN The cluster is down\r\n', false, 'its cluster does not agree'],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', false, 'does not speak'],
    ['', true, 'before an answer'],
  ]) {
    const saying = await startSaying(reply, closes)
    t.after(saying.dispose)
    await assertFails(await site(t, { REDIS_URL: saying.url }), why)
  }
})

test('servers that send from one to another are asked three times and no more', { skip }, async (t) => {
  const saying = await startSaying('')
  t.after(saying.dispose)
  saying.reply = `-MOVED 1 :${new URL(saying.url).port}\r\n`
  await assertFails(await site(t, { REDIS_URL: saying.url }), 'its servers send from one to another')
  assert.equal(saying.connections(), 3)
})
