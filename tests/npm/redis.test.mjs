// Sockets on Node.js, as the package has them, and a real redis-server: connections are kept, bounded, and hold up no program.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { execute } from '../commands/installed.mjs'
import { eventually, newId } from '../worker/browser.mjs'
import {
  PASSWORD,
  skip,
  startCluster,
  startKilling,
  startRedis,
  startSaying,
  startSecureRedis,
} from '../worker/redis_server.mjs'
import { imported } from './imported.mjs'
import { log } from './served.mjs'

const VIEW = 'WEB_PERSONALIZATION:FEATURES_BY_ANON'
const OF = { REDIS_WORKSPACE_ID: 'w1', REDIS_DESTINATION_ID: 'd1', PROFILE_SOURCES: 'redis', LOOKUP_BUDGET_MS: '5000' }
const { fetch: pintle, folder, dispose } = await imported({ fetch: 'pintle/fetch' })
const redis = skip ? undefined : await startRedis()
after(() => Promise.all([dispose(), redis?.dispose()]))

/** A page of the visitor `id`; resolves to what was decided. */
async function view(handle, id) {
  const headers = { 'sec-fetch-dest': 'document', cookie: `rl_anonymous_id=%22${id}%22` }
  const response = await handle(new Request('http://shop.example/', { headers }), async () => new Response('page'))
  assert.equal(await response.text(), 'page')
  return /rs_activation_signed_up=([^;]*)/.exec(response.headers.get('set-cookie') ?? '')?.[1]
}
const site = (REDIS_URL, more) => pintle.createHandler({ environment: { ...OF, REDIS_URL, ...more } })

async function signedUp() {
  const id = newId()
  await redis.does(['HSET', `w1:d1:user:anonymous_id:${id}`, VIEW, '{"USER_APP_SIGN_UP":1}'])
  return id
}
const opened = async () => Number(/total_connections_received:(\d+)/.exec(await redis.does(['INFO', 'stats']))[1])

test('questions one after another are asked on one connection', { skip }, async () => {
  const handle = site(redis.url)
  const ids = await Promise.all([1, 2, 3, 4].map(signedUp))
  const before = await opened()
  for (const id of ids) assert.equal(await view(handle, id), 'true')
  // Who counts has a connection of their own.
  assert.equal((await opened()) - before, 2)
})

test('a hundred at once each get their own answer, on no more than 32 connections', { skip }, async () => {
  const handle = site(redis.url)
  const ids = await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? signedUp() : newId())))
  const before = await opened()
  const came = await Promise.all(ids.map((id) => view(handle, id)))
  assert.deepEqual(
    came,
    ids.map((_, i) => (i % 2 ? 'true' : 'false')),
  )
  assert.ok((await opened()) - before <= 33)
})

test('a connection that Redis closed meanwhile is no failure', { skip }, async () => {
  const handle = site(redis.url)
  assert.equal(await view(handle, await signedUp()), 'true')
  await redis.does(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
  assert.equal(await view(handle, await signedUp()), 'true')
})

test('a wrong password and an answer in the middle are told, without the password', { skip }, async (t) => {
  const saying = await startSaying('$900\r\n{"USER', true)
  t.after(saying.dispose)
  for (const [url, why] of [
    [redis.url.replace(PASSWORD, 'hidden'), 'it does not take the user and password'],
    [saying.url, 'in the middle of the answer'],
  ]) {
    const from = log().length
    assert.equal(await view(site(url), newId()), undefined)
    const lines = await eventually('it is told', () => log(from))
    assert.ok(lines.includes(why) && !lines.includes('hidden'), lines)
  }
})

test('what a server says that nobody asked it is nobody’s answer', { skip }, async (t) => {
  const saying = await startSaying('$22\r\n{"USER_APP_SIGN_UP":1}\r\n')
  t.after(saying.dispose)
  const handle = site(saying.url)
  assert.equal(await view(handle, newId()), 'true')
  for (const socket of saying.sockets) socket.write('$22\r\n{"USER_APP_SIGN_UP":1}\r\n')
  saying.reply = '$-1\r\n'
  await eventually('the connection is given up', () => [...saying.sockets].every((socket) => socket.destroyed))
  assert.equal(await view(handle, newId()), 'false')
})

test('one that is killed in the middle of an answer is told, and asked again when it is back', { skip }, async (t) => {
  const [killed, id] = [await startRedis(), newId()]
  const door = await startKilling(killed, 1_000)
  t.after(() => Promise.all([killed, door].map((running) => running.dispose())))
  const long = JSON.stringify({ USER_APP_SIGN_UP: 1, LONG: 'x'.repeat(60_000) })
  const put = ['HSET', `w1:d1:user:anonymous_id:${id}`, VIEW, long]
  await killed.does(put)
  const from = log().length
  assert.equal(await view(site(door.url), id), undefined)
  await eventually('it is told', () => log(from).includes('in the middle of the answer'))
  const back = await startRedis(['--port', String(killed.port)])
  t.after(back.dispose)
  await killed.does(put)
  assert.equal(await view(site(killed.url), id), 'true')
})

test('a server of a cluster that has another one’s key is followed to that one', { skip }, async (t) => {
  const cluster = await startCluster()
  t.after(cluster.dispose)
  const handle = site(cluster.url)
  for (const id of Array.from({ length: 12 }, newId)) {
    await cluster.does(['HSET', `w1:d1:user:anonymous_id:${id}`, VIEW, '{"USER_APP_SIGN_UP":1}'])
    assert.equal(await view(handle, id), 'true')
  }
})

test('a key that is on its way from one server of a cluster to another is found on either', { skip }, async (t) => {
  const cluster = await startCluster()
  t.after(cluster.dispose)
  const handle = site(cluster.url)
  const from = new Set()
  while (from.size < 3) {
    const id = newId()
    const key = `w1:d1:user:anonymous_id:${id}`
    await cluster.does(['HSET', key, VIEW, '{"USER_APP_SIGN_UP":1}'])
    const moving = await cluster.move(key)
    from.add(moving.from)
    assert.equal(await view(handle, id), 'true', 'it has not gone yet')
    const there = ['MIGRATE', '127.0.0.1', String(moving.to.port), key, '0', '5000', 'AUTH', PASSWORD]
    assert.match(await moving.from.does(there), /\+OK\r\n\+OK/)
    assert.match(await moving.from.does(['HGETALL', key]), /-ASK /)
    assert.equal(await view(handle, id), 'true', 'it has gone')
    assert.equal(await view(handle, id), 'true', 'on the connection that was kept')
  }
})

/** A page of `id` in a program of its own, which ends when it has nothing left to do. */
async function program(id, REDIS_URL, env) {
  const environment = JSON.stringify({ ...OF, REDIS_URL })
  const code = `
    import { createHandler } from 'pintle/fetch'
    const handle = createHandler({ environment: ${environment} })
    const headers = { 'sec-fetch-dest': 'document', cookie: 'rl_anonymous_id=%22${id}%22' }
    const response = await handle(new Request('http://shop.example/', { headers }), async () => new Response('page'))
    console.log(response.headers.get('set-cookie'))`
  return execute(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder, env })
}

test('a program that asked ends by itself', { skip }, async () => {
  const { stdout } = await program('nobody', redis.url)
  assert.match(stdout, /rs_activation_signed_up=false/)
})

test('TLS is spoken, and a certificate that nobody vouches for is refused', { skip }, async (t) => {
  const secure = await startSecureRedis()
  t.after(secure.dispose)
  await secure.does(['HSET', 'w1:d1:user:anonymous_id:of-tls', VIEW, '{"USER_APP_SIGN_UP":1}'])
  const { stdout } = await program('of-tls', secure.secure, { NODE_EXTRA_CA_CERTS: secure.caFile })
  assert.match(stdout, /rs_activation_signed_up=true/)
  const refused = await program('of-tls', secure.secure)
  assert.match(refused.stderr, /redis failed: the source cannot be reached: self[- ]signed certificate/)
  assert.doesNotMatch(refused.stdout, /rs_activation/)
})
