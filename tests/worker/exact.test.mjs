// Since when a feature is exact, in workerd: a row that was kept before anybody said what is kept, as an older version of
// Pintle left it, goes on, and its features say from when on they count.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { Browser, eventually, visitor } from './browser.mjs'
import { basic, startFeed } from './feed.mjs'

const TOKEN = 'token-of-the-tests'
const PERSONALIZATION = JSON.stringify({
  view: 'V',
  features: { regular: { defaultValue: false, rules: [{ condition: { ORDERS: { $gte: 2 } }, force: true }] } },
  deliver: [{ feature: 'regular', cookie: { name: 'regular', maxAge: '1d' } }],
  profile: { ORDERS: { count: { event: 'Buy' } } },
})
/** Whoever was not heard of for more than a year is forgotten meanwhile. */
const LAST_WEEK_MS = Date.now() - 7 * 24 * 60 * 60 * 1_000
const OLD = {
  seen: true,
  acted: true,
  log: { events: [{ kind: 'track', stamp: { t: LAST_WEEK_MS, id: 'm1' }, trust: 'browser', name: 'Buy' }] },
  bindings: { latest: [], users: [] },
}

let site

before(async () => {
  site = await startFeed({
    entry: path.join(root, 'tests/worker/breaking.mjs'),
    bindings: {
      PERSONALIZATION,
      PROFILE_SOURCES: 'people,kv',
      ACTIVATION_TOKEN: TOKEN,
    },
  })
})
after(() => site?.dispose())

async function post(at, body, authorization) {
  const init = { method: 'POST', headers: { authorization }, body: JSON.stringify(body) }
  const response = await fetch(new URL(at, site.url), init)
  assert.equal(response.status, 200)
  return response.text()
}

const buys = (anonymousId) => post('/v1/track', { messageId: randomUUID(), anonymousId, event: 'Buy' }, basic())

const inKv = async (id) => JSON.parse(await site.profiles.get(`user:anonymous_id:${id}`))

test('a feature that is kept since the first event says nothing, and one of an older row says since when', async () => {
  const [known, old] = [randomUUID(), randomUUID()]
  const before = Date.now()
  for (const id of [known, old]) await buys(id)
  const object = site.people.get(site.people.idFromName(`anonymous_id:${old}`))
  await (await object.fetch('https://people/row', { method: 'POST', body: JSON.stringify(OLD) })).text()
  for (const id of [known, old]) {
    await buys(id)
    await eventually('KV has it', async () => (await inKv(id))?.V.ORDERS === 2)
    assert.equal((await new Browser(site, visitor(id)).view()).set.regular.value, 'true')
  }
  assert.deepEqual(await inKv(known), { V: { ORDERS: 2 } })
  const { 'pintle:exact': exact, ...rest } = await inKv(old)
  assert.deepEqual(rest, { V: { ORDERS: 2 } })
  assert.ok(exact.ORDERS >= before && exact.ORDERS <= Date.now(), JSON.stringify(exact))
  const question = { entity: 'user', destinationId: 'd', id: { type: 'anonymous_id', value: old } }
  const answer = JSON.parse(await post('/v1/activation', question, `Bearer ${TOKEN}`))
  assert.deepEqual(answer.data, { V: { ORDERS: 2 } })
})
