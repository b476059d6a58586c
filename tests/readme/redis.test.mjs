// docs/redis.md: the commands, the variables and the features that are shown, on a real redis-server.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'

import { parse } from 'smol-toml'

import { installed } from '../commands/installed.mjs'
import { Browser, eventually, visitor } from '../worker/browser.mjs'
import { skip, startRedis } from '../worker/redis_server.mjs'
import { startSite } from '../worker/site.mjs'
import { commands, snippet } from './snippets.mjs'

const VARIABLES = parse(snippet('redis/wrangler.toml'))

let at, redis
before(async () => {
  at = await installed()
  if (!skip) redis = await startRedis()
})
after(() => Promise.all([at?.dispose(), redis?.dispose()]))

test('the secret has the name of a variable', () => {
  assert.deepEqual(commands(snippet('redis/secret')), ['npx wrangler secret put REDIS_URL'])
})

test('what the command writes decides in a Worker with the variables that are shown', { skip }, async (t) => {
  const cwd = await at.project({
    'features_by_anon.csv': snippet('load/features_by_anon.csv'),
    'wrangler.toml': `name = "shop"\nmain = "worker.mjs"\n[vars]\n${snippet('redis/wrangler.toml')}`,
  })
  const [line] = commands(snippet('redis/load'))
  const options = { cwd, env: { REDIS_URL: redis.url } }
  const { code, stdout, stderr } = await at.pintle(line.replace('npx pintle ', '').split(' '), options)
  assert.equal(code, 1, stderr)
  assert.equal(stdout.replace(`127.0.0.1:${redis.port}`, 'cache.example:6379'), snippet('redis/told'))
  const site = await startSite({ bindings: { ...VARIABLES, REDIS_URL: redis.url, LOOKUP_BUDGET_MS: '10000' } })
  t.after(site.dispose)
  const page = await new Browser(site, visitor('3f1c6a52')).view()
  assert.equal(page.set.rs_activation_signed_up?.value, 'true')
})

test('a user of the feed has the fields that are shown', { skip }, async (t) => {
  const bindings = {
    PERSONALIZATION: snippet('redis/personalization.json'),
    PROFILE_SOURCES: 'people',
    WRITE_KEYS: 'key',
    FEED_REDIS_URL: redis.url,
  }
  const site = await startSite({ bindings })
  t.after(site.dispose)
  for (const event of [
    { type: 'identify', context: { traits: { plan: 'pro' } } },
    { type: 'track', event: 'Order Completed', properties: { sku: '1578973' } },
  ]) {
    const headers = { authorization: `Basic ${btoa('key:')}` }
    const body = JSON.stringify({ messageId: randomUUID(), userId: 'u1', ...event })
    const response = await fetch(new URL(`/v1/${event.type}`, site.url), { method: 'POST', headers, body })
    assert.equal(response.status, 200, await response.text())
  }
  await eventually('it is written', async () => (await fields('user:u1')) === snippet('redis/hash'))
})

async function fields(key) {
  const texts = (await redis.does(['HGETALL', key])).split('\r\n').slice(2, -2)
  const said = texts.filter((_, line) => line % 2 === 1)
  const lines = said.flatMap((name, line) => (line % 2 === 0 ? [`${name} ${said[line + 1]}\n`] : []))
  return lines.sort().join('')
}
