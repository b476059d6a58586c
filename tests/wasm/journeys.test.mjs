// The journeys of tests/journeys/ through the wasm build.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  assertSetCookies,
  fingerprintIn,
  isForOneVisitor,
  journeys,
  personalizationOf,
  requestOf,
  STRANGER,
} from '../journeys.mjs'
import { incoming, instantiate } from './core.mjs'

const { Pintle } = await instantiate()

function run(journey) {
  const { environment, now, fetch, lookup, plan: expected } = journey
  const pintle = new Pintle(personalizationOf(journey), JSON.stringify(environment), '["kv"]')
  const identify = (request) => pintle.identify(incoming(request), now * 1000)
  const fingerprint = () => fingerprintIn(JSON.parse(identify(STRANGER).respond('"missing"')).setCookies, journey)
  const identified = identify(requestOf(journey, journey.ticket && fingerprint()))
  assert.equal(identified.fetch(), fetch ? `${fetch.when}:${fetch.id}` : undefined)
  const plan = JSON.parse(identified.respond(JSON.stringify(lookup)))
  assertSetCookies(plan.setCookies, journey)
  assert.deepEqual(plan.decisions, expected.decisions ?? {})
  assert.equal(plan.serverTiming, expected.serverTiming ?? null)
  assert.equal(plan.private, isForOneVisitor(journey))
}

for (const journey of journeys) test(`through wasm: ${journey.title}`, () => run(journey))
