// What is somebody's stays out of the log: ids, traits, e-mails and keys, in success and in every failure.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { Browser, eventually, visitor } from './browser.mjs'
import { basic, startFeed } from './feed.mjs'

/** In everything that is somebody's. */
const MARK = 'marked7q'
const KEY = `${MARK}-key`
const SECRET = `${MARK}-secret`
const DECLARED = {
  view: 'V',
  features: { signed_up: { defaultValue: false, rules: [{ condition: { SIGNED_UP: 1 }, force: true }] } },
  deliver: [{ feature: 'signed_up', cookie: { name: 'signed_up', maxAge: '1d' } }],
  profile: { SIGNED_UP: { exists: { trait: 'email' }, as: 'number' }, ORDERS: { count: { event: 'Buy' } } },
}

const start = (bindings = {}, more = {}) =>
  startFeed({
    entry: path.join(root, 'tests/worker/breaking.mjs'),
    bindings: {
      PERSONALIZATION: JSON.stringify(DECLARED),
      PROFILE_SOURCES: 'people,kv',
      WRITE_KEYS: KEY,
      WEBHOOK_SECRET: SECRET,
      ACTIVATION_TOKEN: `${MARK}-token`,
      ...bindings,
    },
    ...more,
  })

let site
before(async () => {
  site = await start()
})
after(() => site?.dispose())

const newId = () => `${MARK}-${randomUUID()}`
const somebody = () => ({ anonymousId: newId(), userId: newId() })
const signUp = (ids) => ({
  type: 'identify',
  messageId: `${MARK}-${randomUUID()}`,
  ...ids,
  context: { traits: { email: `${MARK}@example.com`, [`${MARK}trait`]: MARK } },
})

async function post(on, at, body, { authorization = basic(KEY) } = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  // A body that is refused before it was read ends its connection.
  const headers = { authorization, connection: 'close' }
  const response = await fetch(new URL(at, on.url), { method: 'POST', headers, body: text })
  await response.arrayBuffer()
  return response.status
}

const object = (on, alias) => on.people.get(on.people.idFromName(alias))
const ask = async (on, alias, at, body) =>
  (await object(on, alias).fetch(`https://people/${at}`, { method: 'POST', body })).text()

/** Every line that is expected is there, and nothing of anybody. */
async function assertSilent(on, ...expected) {
  for (const line of expected) await eventually(`the log has: ${line}`, () => on.log().includes(line))
  assert.ok(!on.log().includes(MARK), on.log())
}

test('what is taken is not in the log', async () => {
  const ids = somebody()
  assert.equal(await post(site, '/v1/identify', signUp(ids)), 200)
  assert.equal(await post(site, '/v1/batch', { batch: [{ ...signUp(ids), type: 'track', event: 'Buy' }] }), 200)
  assert.equal(await post(site, '/webhook', [signUp(somebody())], { authorization: `Bearer ${SECRET}` }), 200)
  assert.equal((await new Browser(site, visitor(ids.anonymousId)).view()).set.signed_up.value, 'true')
  const question = { entity: 'user', destinationId: 'd', id: { type: 'user_id', value: ids.userId } }
  assert.equal(await post(site, '/v1/activation', question, { authorization: `Bearer ${MARK}-token` }), 200)
  await eventually('KV has it', () => site.profiles.get(`user:user_id:${ids.userId}`))
  await assertSilent(site)
})

test('what is refused is not in the log', async () => {
  for (const [status, at, body, authorization] of [
    [401, '/v1/identify', signUp(somebody()), basic(`${MARK}-other`)],
    [401, '/webhook', [signUp(somebody())], `Bearer ${MARK}-other`],
    [401, '/v1/activation', { id: MARK }, `Bearer ${MARK}-other`],
    [400, '/v1/identify', `{"anonymousId": "${newId()}", "email": ${MARK}}`],
    [400, '/v1/track', { email: `${MARK}@example.com` }],
    [400, '/v1/batch', { batch: [signUp(somebody()), MARK] }],
    [400, '/webhook', { ...signUp(somebody()), type: '' }, `Bearer ${SECRET}`],
    [413, '/v1/track', { ...signUp(somebody()), properties: { text: MARK.repeat(5_000) } }],
    [400, '/v1/activation', { entity: MARK, id: MARK }, `Bearer ${MARK}-token`],
  ]) {
    assert.equal(await post(site, at, body, authorization && { authorization }), status, `${at} ${status}`)
  }
  await assertSilent(site)
})

test('what is wrong in the settings is told without their secrets', async (t) => {
  const profile = { ...DECLARED.profile, ORDERS: { counts: {} } }
  const wrong = await start({
    PERSONALIZATION: JSON.stringify({ ...DECLARED, profile }),
    WRITE_KEYS: `${KEY}, ${KEY}=${MARK}, ${KEY}`,
    WEBHOOK_SECRET: `${SECRET} ${MARK}`,
  })
  t.after(wrong.dispose)
  assert.equal(await post(wrong, '/v1/identify', signUp(somebody())), 503)
  const health = await fetch(new URL('/_pintle/health', wrong.url))
  assert.equal(health.status, 503)
  assert.ok(!(await health.text()).includes(MARK))
  await assertSilent(wrong, 'no events are taken', 'WRITE_KEYS[1]: must say', 'WEBHOOK_SECRET: must be of ASCII')
})

test('a row that is broken is told without what stands in it', async (t) => {
  const broken = await start({ PROFILE_SOURCES: 'people' })
  t.after(broken.dispose)
  for (const row of [
    `{"seen": "${MARK}"}`,
    `{"log": {"events": [{"kind": "${MARK}"}]}}`,
    `{"shares": "${MARK}"}`,
    `{"seen": true, "acted": true, "log": "${MARK}@example.com"}`,
    `${MARK}`,
  ]) {
    const ids = somebody()
    const device = { anonymousId: ids.anonymousId }
    assert.equal(await post(broken, '/v1/identify', signUp(device)), 200)
    await ask(broken, `anonymous_id:${ids.anonymousId}`, 'row', row)
    assert.equal(await post(broken, '/v1/identify', signUp(device)), 503)
    await new Browser(broken, visitor(ids.anonymousId)).view()
  }
  await assertSilent(broken, "a person's object could not answer", 'events were not kept', 'people failed')
})

test('objects that fail are told without whose they are', async (t) => {
  const failing = await start({ PROFILE_SOURCES: 'people' })
  t.after(failing.dispose)
  const [ids, device] = [somebody(), { anonymousId: newId() }]
  await ask(failing, `user_id:${ids.userId}`, 'break')
  assert.equal(await post(failing, '/v1/identify', signUp(ids)), 503)
  await ask(failing, `anonymous_id:${device.anonymousId}`, 'break')
  assert.equal(await post(failing, '/v1/identify', signUp(device)), 503)
  assert.equal((await new Browser(failing, visitor(device.anonymousId)).view()).status, 200)
  await assertSilent(failing, 'events were not kept', 'people failed')
})
