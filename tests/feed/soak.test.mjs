// A hundredth of `npm run soak`: events that come late, twice, and into a workerd that is killed meanwhile.

import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { test } from 'node:test'

import { crowd, personalization } from '../../benches/feed/soak/crowd.mjs'
import { room } from '../../benches/feed/soak/room.mjs'
import { soak } from '../../benches/feed/soak/run.mjs'
import { SEED } from '../random.mjs'

test('of what was answered 200 nothing is lost and nothing counts twice, however often workerd is killed', async (t) => {
  t.diagnostic(`SEED=${SEED}`)
  const folder = await room()
  t.after(() => rm(folder, { recursive: true }))
  const all = crowd({ people: 1_000, events: 10_000, seed: SEED, nowMs: Date.now() })
  const log = (text) => t.diagnostic(text)
  const { log: said, ...counts } = await soak({ crowd: all, personalization, folder, kills: 3, seed: SEED, log })
  t.diagnostic(JSON.stringify(counts))
  assert.equal(counts.kills, 4)
  assert.ok(counts.events > 10_000, 'some are sent twice')
  assert.ok(counts.unanswered > 0, 'some are sent again')
  assert.ok(counts.known > 1_000, 'people are known')
  assert.ok(!said.includes('pintle:'), said)
})
