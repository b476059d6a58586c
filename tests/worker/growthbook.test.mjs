// GrowthBook is where marketers write: its payload is published on a schedule and by its webhook, and a wrong one never is.

import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { execute } from '../commands/installed.mjs'
import { Browser, newId, visitor } from './browser.mjs'
import { encryptedPayload, experiments, KEY, payload, webhook } from './growthbook_api.mjs'
import { startServer, startSite } from './site.mjs'

const SECRET = 'wk_secret-of-the-webhook'

const PERSONALIZATION = JSON.stringify({
  view: 'V',
  features: { cta: { defaultValue: 'deployed' } },
  deliver: [{ feature: 'cta', cookie: { name: 'cta', maxAge: '1d' } }],
})

/** A site that reads GrowthBook's payload; `serves` says what its API answers. */
async function start(t, { bindings, serves = () => payload('cta', 'served') } = {}) {
  const api = { status: 200, serves }
  const server = await startServer((_, response) => {
    response.writeHead(api.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ status: 200, ...api.serves() }))
  })
  t.after(server.dispose)
  const site = await startSite({
    bindings: {
      PERSONALIZATION,
      PROFILE_SOURCES: 'kv',
      GROWTHBOOK_PAYLOAD_URL: `${server.url}/api/features/sdk-abc`,
      GROWTHBOOK_WEBHOOK_SECRET: SECRET,
      LOOKUP_BUDGET_MS: '10000',
      ...bindings,
    },
  })
  t.after(site.dispose)
  const published = async () => {
    const text = await site.profiles.get('pintle:personalization')
    return text && JSON.parse(text)
  }
  return { ...site, api, server, published, hook: (sent) => fetch(new URL('/_pintle/growthbook', site.url), sent) }
}

const CHANGED = { type: 'payload.changed', timestamp: '2026-11-01T00:00:00.000Z' }

test('payloads and webhooks of the tests are what the types of GrowthBook’s SDK say', async () => {
  const args = ['--noEmit', '--checkJs', '--allowJs', '--strict', '--noImplicitAny', 'false', '--skipLibCheck']
  const more = ['--module', 'nodenext', '--target', 'es2022', '--types', 'node', 'tests/worker/growthbook_api.mjs']
  const { code, stdout } = await execute('npx', ['--no-install', 'tsc', ...args, ...more], { cwd: root })
  assert.equal(code, 0, stdout)
})

test('on a schedule its features take the place of those that were deployed, plain or encrypted', async (t) => {
  const site = await start(t, { bindings: { GROWTHBOOK_DECRYPTION_KEY: KEY } })
  await site.scheduled()
  assert.deepEqual(await site.published(), {
    ...JSON.parse(PERSONALIZATION),
    features: payload('cta', 'served').features,
    savedGroups: { staff: ['a1'] },
  })
  site.api.serves = () => encryptedPayload(payload('cta', 'encrypted'))
  await site.scheduled()
  assert.equal((await site.published()).features.cta.defaultValue, 'encrypted')
  const before = JSON.parse(await site.profiles.get('pintle:personalization:before'))
  assert.equal(before.features.cta.defaultValue, 'served')
})

test('its experiments of pages are published too, and send visitors; those of its visual editor stop nothing', async (t) => {
  const site = await start(t, { bindings: { GROWTHBOOK_DECRYPTION_KEY: KEY } })
  site.api.serves = () => encryptedPayload(payload('cta', 'served', { experiments }))
  await site.scheduled()
  assert.deepEqual((await site.published()).experiments, experiments)
  const again = await start(t, { bindings: { PERSONALIZATION: JSON.stringify(await site.published()) } })
  const cookie = `rl_anonymous_id=${visitor(newId()).rl_anonymous_id}`
  const page = { headers: { accept: 'text/html', 'user-agent': 'Mozilla/5.0', cookie }, redirect: 'manual' }
  // As in GrowthBook's SDK the query goes along to whole URLs alone.
  const { status, headers } = await fetch(new URL('/old?a=1', again.url), page)
  assert.deepEqual([status, headers.get('location')], [302, String(new URL('/new', again.url))])
})

test('a page of an isolate that comes after it is decided by it', async (t) => {
  const site = await start(t)
  const { status } = await site.hook(webhook(CHANGED, { secret: SECRET }))
  assert.equal(status, 200)
  const { set } = await new Browser(site, visitor(newId())).view()
  assert.ok(['served', 'deployed'].includes(set.cta.value))
  assert.equal((await site.published()).features.cta.defaultValue, 'served')
})

test('the webhook publishes what it carries, and asks for what it only tells of', async (t) => {
  const site = await start(t)
  const bodies = {
    carried: { ...CHANGED, data: { payload: JSON.stringify(payload('cta', 'carried')) } },
    itself: payload('cta', 'itself'),
    served: CHANGED,
  }
  for (const [value, body] of Object.entries(bodies)) {
    const response = await site.hook(webhook(body, { secret: SECRET }))
    assert.deepEqual([response.status, await response.json()], [200, { published: true }])
    assert.equal((await site.published()).features.cta.defaultValue, value)
  }
  assert.deepEqual(await (await site.hook(webhook(CHANGED, { secret: SECRET }))).json(), { published: false })
  assert.equal(site.server.requests.length, 2)
})

test('a payload that was made before the one that runs changes nothing, however late it comes', async (t) => {
  const site = await start(t)
  const made = (minute, value) => payload('cta', value, { dateUpdated: `2026-11-02T00:0${minute}:00.000Z` })
  const comes = async (body) => (await site.hook(webhook(body, { secret: SECRET }))).json()
  assert.deepEqual(await comes(made(1, 'first')), { published: true })
  assert.deepEqual(await comes(made(3, 'first')), { published: false })
  // Tried between, and taken back; its webhook comes last.
  assert.deepEqual(await comes(made(2, 'between')), { published: false })
  // A schedule may be answered out of a cache.
  site.api.serves = () => made(0, 'cached')
  await site.scheduled()
  assert.equal((await site.published()).features.cta.defaultValue, 'first')
  // What somebody published by hand is older than whatever comes.
  await site.profiles.put('pintle:personalization', PERSONALIZATION)
  assert.deepEqual(await comes(made(2, 'between')), { published: true })
})

test('what is not signed, wrongly or long ago, changes nothing', async (t) => {
  const site = await start(t)
  const right = webhook(payload('cta', 'forged'), { secret: SECRET })
  const old = webhook(payload('cta', 'old'), { secret: SECRET, time: Math.floor(Date.now() / 1000) - 3600 })
  const other = webhook(payload('cta', 'other'), { secret: 'another' })
  const changed = { ...right, body: right.body.replace('forged', 'edited') }
  const without = { ...right, headers: { 'content-type': 'application/json' } }
  const garbled = { ...right, headers: { ...right.headers, 'webhook-signature': 'v1,%%% v2,AAAA v1,' } }
  for (const sent of [old, other, changed, without, garbled]) assert.equal((await site.hook(sent)).status, 401)
  assert.equal((await site.hook({ method: 'GET' })).status, 405)
  assert.equal(await site.published(), null)
  const closed = await start(t, { bindings: { GROWTHBOOK_WEBHOOK_SECRET: '' } })
  assert.equal((await closed.hook(right)).status, 404)
})

test('of many signatures a few are looked at, for each is work that pages wait for', async (t) => {
  const site = await start(t)
  const right = webhook(payload('cta', 'signed'), { secret: SECRET })
  const among = (others) => {
    const signatures = [...Array(others).fill('v1,AA=='), right.headers['webhook-signature']].join(' ')
    return { ...right, headers: { ...right.headers, 'webhook-signature': signatures } }
  }
  assert.equal((await site.hook(among(1000))).status, 401)
  assert.equal(await site.published(), null)
  assert.equal((await site.hook(among(7))).status, 200)
})

test('features that are wrong, or lack what is delivered, are refused with their places, and what ran runs on', async (t) => {
  const site = await start(t)
  await site.scheduled()
  const before = await site.published()
  const lacks = await site.hook(webhook(payload('other', 'x'), { secret: SECRET }))
  assert.equal(lacks.status, 422)
  assert.deepEqual((await lacks.json()).mistakes, [
    { at: '$.deliver[0].feature', what: '`cta` is not among the features' },
  ])
  const wrong = payload('cta', 'x')
  wrong.features.cta.rules[0].condition = { id: { $regexp: '(' } }
  site.api.serves = () => wrong
  await site.scheduled()
  assert.match(site.log(), /GrowthBook's payload is not published.*\n {2}\$\.features\.cta\.rules\[0\]\.condition\.id/)
  assert.deepEqual(await site.published(), before)
})

test('an API that fails, and a key that opens nothing, are told and publish nothing', async (t) => {
  const site = await start(t, {
    bindings: { GROWTHBOOK_DECRYPTION_KEY: Buffer.from('f'.repeat(16)).toString('base64') },
  })
  const answers = [
    [() => encryptedPayload(payload('cta', 'x')), 200, 422, 'the payload does not open with GROWTHBOOK_DECRYPTION_KEY'],
    [() => ({}), 200, 422, 'the payload has neither features nor encryptedFeatures'],
    [() => ({}), 503, 502, 'GROWTHBOOK_PAYLOAD_URL answered with status 503'],
  ]
  for (const [serves, status, answered, error] of answers) {
    Object.assign(site.api, { serves, status })
    const response = await site.hook(webhook(CHANGED, { secret: SECRET }))
    assert.deepEqual([response.status, await response.json()], [answered, { error }])
  }
  assert.equal(await site.published(), null)
  assert.equal((await new Browser(site, visitor(newId())).view()).set.cta.value, 'deployed')
})

test('a body without an end is refused before it is read, whoever sends it', async (t) => {
  const site = await start(t)
  const sent = request(new URL('/_pintle/growthbook', site.direct), { method: 'POST' })
  t.after(() => sent.destroy())
  const status = new Promise((resolve, reject) => sent.on('response', (r) => resolve(r.statusCode)).on('error', reject))
  const chunk = Buffer.alloc(1_000_000, 'x')
  let isAnswered = false
  const answered = status.finally(() => {
    isAnswered = true
  })
  for (let sentMb = 0; !isAnswered && sentMb < 90; sentMb += 1)
    await Promise.race([answered, new Promise((resolve) => sent.write(chunk, resolve))])
  assert.equal(await answered, 400)
})

test('what no Worker would run is not published: too much of it, and what it would have to stand in is no JSON', async (t) => {
  const site = await start(t)
  const long = await site.hook(webhook(payload('cta', 'x'.repeat(1_000_000)), { secret: SECRET }))
  assert.equal(long.status, 422)
  assert.deepEqual((await long.json()).mistakes, [{ at: '$', what: 'is longer than 1000000 characters' }])
  assert.equal(await site.published(), null)
  await site.profiles.put('pintle:personalization', '{"view":')
  const broken = await site.hook(webhook(payload('cta', 'x'), { secret: SECRET }))
  assert.deepEqual(
    [broken.status, await broken.json()],
    [409, { error: 'what is published already is no JSON object' }],
  )
})
