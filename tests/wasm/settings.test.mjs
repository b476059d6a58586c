// What JavaScript callers get for settings that are wrong, and for visits that are driven wrong.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { incoming, instantiate, visitOf } from './core.mjs'

const { Pintle } = await instantiate()
const shipped = await readFile(path.join(root, 'personalization.json'), 'utf8')
const request = incoming({
  url: 'https://shop.example/',
  headers: { accept: 'text/html', cookie: 'rl_anonymous_id=%22somebody%22' },
})
const KV = '{"brings":["kv"],"delivers":"response"}'

test('settings that are wrong tell all mistakes at once, and nobody is identified', () => {
  const personalization = '{ "features": {}, "deliver": [{ "feature": "x" }] }'
  const pintle = new Pintle(personalization, '{ "LOOKUP_BUDGET_MS": "soon" }', KV)
  const places = JSON.parse(pintle.mistakes()).map(({ at }) => at)
  assert.deepEqual(places, ['$.deliver[0].feature', '$.deliver[0]', 'PROFILE_VIEW', 'LOOKUP_BUDGET_MS'])
  assert.equal(pintle.identify(request, 1), undefined)
  const { level, text } = JSON.parse(pintle.sentence())
  assert.equal(level, 'error')
  for (const place of places) assert.ok(text.includes(place), place)
  assert.equal(JSON.parse(pintle.health()).status, 503)
  assert.equal(JSON.parse(pintle.refusal(pintle.identifyAsking(request, '', 1))).status, 503)
})

test('pages come from a right ORIGIN_URL, whatever else is wrong', () => {
  const originOf = (ORIGIN_URL) => new Pintle('{}', JSON.stringify({ ORIGIN_URL }), KV).origin
  assert.equal(originOf(' https://site.example/shop/ '), 'https://site.example/shop')
  for (const wrong of ['site.example', 'ftp://site.example', 'https://user:pass@site.example', ''])
    assert.equal(originOf(wrong), undefined, wrong)
})

test('a request is answered once', () => {
  const visit = visitOf(new Pintle(shipped, '{}', KV), request, 1)
  visit.respond(undefined, 1)
  assert.throws(() => visit.respond(undefined, 1), /answered once/)
})

test('a visit that is answered without being looked up touches nothing', () => {
  assert.equal(visitOf(new Pintle(shipped, '{}', KV), request, 1).respond(undefined, 1), undefined)
})

test('visits that nobody ends are forgotten, and what is kept of them is bounded', () => {
  const pintle = new Pintle(shipped, '{}', KV)
  const first = visitOf(pintle, request, 0)
  for (let n = 0; n < 5_000; n += 1) visitOf(pintle, request, 0)
  assert.throws(() => first.respond(undefined, 0), /the visit is over/)
  const late = visitOf(pintle, request, 0)
  visitOf(pintle, request, 60_000)
  assert.throws(() => late.respond(undefined, 60_000), /the visit is over/)
  const ended = visitOf(pintle, request, 60_000)
  ended.end()
  assert.throws(() => ended.respond(undefined, 60_000), /the visit is over/)
})

test('what is no shell is refused', () => {
  assert.throws(() => new Pintle(shipped, '{}', '{"delivers":"flowers"}'), /flowers/)
})
