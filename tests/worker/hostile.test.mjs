// Whoever wants to break the feed: floods that fill a person's row, and outages that last. The built Worker in workerd,
// with people's own objects, and a KV that refuses when it is told so.

import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { newId } from './browser.mjs'
import { basic, event, startFeed } from './feed.mjs'

const PERSONALIZATION = JSON.stringify({
  view: 'V',
  features: {},
  deliver: [],
  profile: {
    PLAN: { last: { trait: 'plan' } },
    WHAT: { last: { event: 'Order Completed', value: 'properties.what' } },
    ORDERS: { count: { event: 'Order Completed' } },
  },
})

let site

before(async () => {
  site = await startFeed({
    bindings: { PERSONALIZATION },
    entry: path.join(root, 'tests/worker/refusing.mjs'),
  })
})
after(() => site?.dispose())

const bought = (more) => event({ event: 'Order Completed', ...more })

async function send(kind, event) {
  const init = { method: 'POST', headers: { authorization: basic() }, body: JSON.stringify(event) }
  const response = await fetch(new URL(`/v1/${kind}`, site.url), init)
  return [response.status, await response.text()]
}

const asked = (alias, url) => site.people.get(site.people.idFromName(alias)).fetch(url)
const tells = async (alias) => (await (await asked(alias, 'https://people/snapshot')).json()).V

/** Large events, as many as come to three megabytes. */
const FLOODS = {
  'values that JSON writes longer': (index) => [
    'track',
    { event: 'Order Completed', properties: { what: '\u0001'.repeat(5_300), index } },
  ],
  'traits with members that are made up': (index) => [
    'identify',
    { traits: { plan: { [`m${index}`]: 'x'.repeat(31_000) } } },
  ],
}

for (const [what, flood] of Object.entries(FLOODS)) {
  test(`a flood of ${what} does not lock anybody out of their own object`, async () => {
    const id = newId()
    for (let index = 0; index < 100; index++) {
      const [kind, more] = flood(index)
      assert.deepEqual(await send(kind, event({ anonymousId: id, ...more })), [200, 'ok'], `event ${index}`)
    }
    await send('track', bought({ anonymousId: id, properties: { what: 'a book' } }))
    assert.equal((await tells(`anonymous_id:${id}`)).WHAT, 'a book')
  })
}

test('an outage of KV that lasts longer than the runtime tries is over when KV is back', async () => {
  const id = newId()
  const alias = `anonymous_id:${id}`
  await send('track', bought({ anonymousId: id }))
  await asked(alias, 'https://people/kv?refuses=yes')
  for (let failure = 0; failure < 8; failure++) {
    const { wakesAt } = await (await asked(alias, 'https://people/wake?days=0')).json()
    assert.ok(wakesAt > Date.now() && wakesAt < Date.now() + 310_000)
  }
  assert.equal(await site.profiles.get(`user:${alias}`), null)
  await asked(alias, 'https://people/kv')
  await (await asked(alias, 'https://people/wake?days=0')).json()
  assert.equal(JSON.parse(await site.profiles.get(`user:${alias}`)).V.ORDERS, 1)
  assert.ok(!site.log().includes(id))
})

test('an event whose time cannot be read counts all the same, from when it came', async () => {
  const id = newId()
  for (const timestamp of ['2026-11-25T10:00:00', '25.11.2026', '', 1_795_597_200]) {
    assert.deepEqual(await send('track', bought({ anonymousId: id, timestamp })), [200, 'ok'])
  }
  assert.equal((await tells(`anonymous_id:${id}`)).ORDERS, 4)
})
