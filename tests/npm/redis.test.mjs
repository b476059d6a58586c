// Sockets on Node.js, as the package has them, and a real redis-server: connections are kept, bounded, and hold up no program.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { execute } from '../commands/installed.mjs'
import { eventually, newId } from '../worker/browser.mjs'
import { PASSWORD, skip, startRedis, startSaying } from '../worker/redis_server.mjs'
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

test('a program that asked ends by itself', { skip }, async () => {
  const environment = JSON.stringify({ ...OF, REDIS_URL: redis.url })
  const code = `
    import { createHandler } from 'pintle/fetch'
    const handle = createHandler({ environment: ${environment} })
    const headers = { 'sec-fetch-dest': 'document', cookie: 'rl_anonymous_id=%22nobody%22' }
    const response = await handle(new Request('http://shop.example/', { headers }), async () => new Response('page'))
    console.log(response.headers.get('set-cookie'))`
  const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder })
  assert.match(stdout, /rs_activation_signed_up=false/)
})
