// Which wasm modules run in the full Worker: a page view executes nothing of the feed's.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { DESTINATION, TOKEN } from './activation_api.mjs'
import { assertPersonalised, get, PROFILE, signedUp, startTellingOrigin } from './plain.mjs'
import { exchange } from './raw.mjs'
import { KEY, startSite } from './site.mjs'

let origin, site

before(async () => {
  origin = await startTellingOrigin()
  const activation = { ACTIVATION_TOKEN: TOKEN, ACTIVATION_DESTINATION_ID: DESTINATION }
  site = await startSite({
    assets: false,
    entry: path.join(root, 'tests/worker/wrapped.mjs'),
    bindings: { ...activation, ORIGIN_URL: origin.url, TICKET_KEYS: KEY },
  })
})
after(() => Promise.all([origin, site].map((running) => running?.dispose())))

const instances = async () => JSON.parse((await get(site, {}, '/instances')).text).instances

test('pages, decisions and health run the core’s module alone, and the feed’s starts when it is first asked', async () => {
  assert.equal(await instances(), 0, 'nothing runs before the first request')
  for (let time = 0; time < 3; time++) {
    assertPersonalised(await get(site, await signedUp(site)))
    assert.equal((await get(site, {}, '/v1/activations')).status, 200)
    assert.equal((await get(site, {}, '/_pintle/health')).status, 200)
    const decided = await get(site, await signedUp(site), '/_pintle/decision')
    assert.equal(decided.text, '{"decisions":{"signed_up":true}}')
  }
  assert.equal(await instances(), 1)

  const id = randomUUID()
  await signedUp(site, id)
  const body = JSON.stringify({
    entity: 'user',
    destinationId: DESTINATION,
    id: { type: 'anonymous_id', value: id },
  })
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
  for (let time = 0; time < 3; time++) {
    const answer = await exchange(site.direct, { method: 'POST', path: '/v1/activation', headers, body })
    assert.deepEqual([answer.status, JSON.parse(answer.text).data], [200, JSON.parse(PROFILE)])
  }
  assert.equal(await instances(), 2)
})
