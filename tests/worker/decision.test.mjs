// `GET /_pintle/decision` of the built Worker.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { testEndpoint } from '../endpoint.mjs'
import { startOrigin } from './activation_api.mjs'
import { exchange } from './raw.mjs'
import { startSite } from './site.mjs'

const origin = await startOrigin()
after(() => origin.dispose())

testEndpoint('the Worker', {
  start: (bindings) => startSite({ bindings: { ...bindings, ORIGIN_URL: origin.url }, assets: false }),
  address: 'cf-connecting-ip',
})

test('the Worker believes Cloudflare alone about where a question comes from', async (t) => {
  const site = await startSite({ bindings: { DECISION_RATE: '3', ORIGIN_URL: origin.url }, assets: false })
  t.after(site.dispose)
  // The count starts anew with each minute of the clock: not in the midst of this.
  const leftMs = 60_000 - (Date.now() % 60_000)
  if (leftMs < 5_000) await new Promise((resolve) => setTimeout(resolve, leftMs))
  const statuses = []
  for (let time = 0; time < 6; time += 1) {
    // Another one each time, and large, as somebody sends it who wants it remembered.
    const forged = `192.0.2.${time}, ${'x'.repeat(15_000)}`
    const headers = { 'x-real-ip': forged, 'x-forwarded-for': forged, forwarded: forged }
    const ours = { 'cf-connecting-ip': '198.51.100.7', 'sec-fetch-site': 'same-origin' }
    statuses.push((await exchange(site.direct, { path: '/_pintle/decision', headers: { ...headers, ...ours } })).status)
  }
  assert.deepEqual(statuses, [200, 200, 200, 429, 429, 429])
})
