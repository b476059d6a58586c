// `pintle load --to`: rows into a real redis-server, a cluster of three and one behind TLS, as RudderStack's Profiles sync
// writes them; and what is told when it does not take them.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { PASSWORD, skip, startCluster, startRedis, startSecureRedis } from '../worker/redis_server.mjs'
import { installed } from './installed.mjs'

const ROWS = 3_000
const IDS = { REDIS_WORKSPACE_ID: 'w1', REDIS_DESTINATION_ID: 'd1' }
const KEY = 'w1:d1:user:anonymous_id'
const many = Array.from({ length: ROWS }, (_, row) => `{"anonymous_id":"a${row}","N":${row},"T":"grün"}\n`).join('')

let at, redis
before(async () => {
  at = await installed()
  if (!skip) redis = await startRedis()
})
after(() => Promise.all([at?.dispose(), redis?.dispose()]))

async function load(to, { args = [], env = {}, rows = many } = {}) {
  const cwd = await at.project({ 'f.jsonl': rows })
  const options = { cwd, env: { ...IDS, REDIS_URL: '', REDIS_LAYOUT: '', ...env } }
  return at.pintle(['load', 'f.jsonl', '--view', 'V', '--to', to, ...args], options)
}

test('each row is a hash with a field a view, which expires', { skip }, async () => {
  const { code, stdout, stderr } = await load(redis.url)
  assert.equal(code, 0, stderr)
  assert.match(stdout, new RegExp(`3000 rows read, 3000 profiles written to Redis at 127.0.0.1:${redis.port}\n`))
  assert.ok((await redis.does(['DBSIZE'])).includes(':3000\r\n'))
  assert.ok((await redis.does(['HGET', `${KEY}:a17`, 'V'])).includes('{"N":17,"T":"grün"}'))
  assert.match(await redis.does(['TTL', `${KEY}:a17`]), /:345\d{5}\r\n/)
})

test('views that stand there already stay, and with --ttl none nothing expires', { skip }, async () => {
  await redis.does(['HSET', `${KEY}:other`, 'THEIRS', '{}'])
  const rows = '{"anonymous_id":"other","N":1}\n'
  const { code } = await load('redis', { args: ['--ttl', 'none'], env: { REDIS_URL: redis.url }, rows })
  assert.equal(code, 0)
  assert.ok((await redis.does(['HLEN', `${KEY}:other`])).includes(':2\r\n'))
  assert.ok((await redis.does(['TTL', `${KEY}:other`])).includes(':-1\r\n'))
})

test('each server of a cluster gets the rows that are its own', { skip }, async (t) => {
  const cluster = await startCluster()
  t.after(cluster.dispose)
  const { code, stderr } = await load(cluster.url)
  assert.equal(code, 0, stderr)
  const sizes = (await cluster.does(['DBSIZE'])).map((said) => Number(/:(\d+)/.exec(said)[1]))
  assert.ok(
    sizes.every((size) => size > 0),
    String(sizes),
  )
  assert.equal(
    sizes.reduce((sum, size) => sum + size),
    ROWS,
  )
})

test('a row whose key is on its way from one server of a cluster to another is put where it goes', {
  skip,
}, async (t) => {
  const cluster = await startCluster()
  t.after(cluster.dispose)
  for (const id of ['a1', 'a2', 'a3']) {
    const { from, to } = await cluster.move(`${KEY}:${id}`)
    const { code, stderr } = await load(cluster.url, { rows: `{"anonymous_id":"${id}","N":1}\n` })
    assert.equal(code, 0, stderr)
    assert.match(await from.does(['TTL', `${KEY}:${id}`]), /-ASK /)
    assert.match(await to.does(['ASKING'], ['TTL', `${KEY}:${id}`]), /:345\d{5}\r\n/)
  }
})

test('TLS is spoken', { skip }, async (t) => {
  const secure = await startSecureRedis()
  t.after(secure.dispose)
  const env = { NODE_EXTRA_CA_CERTS: secure.caFile }
  assert.equal((await load(secure.secure, { env })).code, 0)
  assert.ok((await secure.does(['DBSIZE'])).includes(':3000\r\n'))
})

test('one that answers nothing for a while is asked again', { skip }, async (t) => {
  const stopped = await startRedis()
  t.after(stopped.dispose)
  await stopped.does(['CLIENT', 'PAUSE', '1500', 'ALL'])
  const { code, stderr } = await load(stopped.url, { args: ['--timeout', '0.5'] })
  assert.equal(code, 0, stderr)
  assert.ok((await stopped.does(['DBSIZE'])).includes(':3000\r\n'))
})

test('what is wrong is told at once, and never with the password', { skip }, async () => {
  await redis.does(['SET', `${KEY}:string`, 'x'])
  const text = '{"anonymous_id":"string","N":1}\n'
  for (const [to, options, status, told] of [
    [redis.url.replace(PASSWORD, 'hidden'), {}, 1, /refuses \(WRONGPASS\): are user and password of the URL right\?/],
    [redis.url.replace(`:${PASSWORD}@`, ''), {}, 1, /refuses \(NOAUTH\)/],
    [redis.url, { rows: text }, 1, /refuses \(WRONGTYPE\): a key holds something else than a hash/],
    ['https://hidden@db.example', {}, 2, /--to must be redis:\/\//],
    ['redis', {}, 2, /which Redis\?/],
    [redis.url, { env: { REDIS_WORKSPACE_ID: '' } }, 2, /which workspace\?/],
    [redis.url, { env: { REDIS_DESTINATION_ID: '' } }, 2, /which destination\?/],
    [redis.url, { env: { REDIS_LAYOUT: 'users' } }, 2, /--to writes the layout `profiles`/],
    [redis.url, { args: ['--dry-run'] }, 2, /name one of --local, --remote, --to URL/],
  ]) {
    const { code, stdout, stderr } = await load(to, options)
    assert.match(stderr, told)
    assert.equal(code, status, stderr)
    for (const secret of ['hidden', PASSWORD]) assert.ok(!`${stdout}${stderr}`.includes(secret), stderr)
  }
})
