// What JavaScript callers get for settings that are wrong, and for visits that are driven wrong.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { incoming, instantiate } from './core.mjs'

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
  assert.equal(JSON.parse(pintle.identifyAsking(request, '', 1).refusal()).status, 503)
})

test('pages come from a right ORIGIN_URL, whatever else is wrong', () => {
  const originOf = (ORIGIN_URL) => new Pintle('{}', JSON.stringify({ ORIGIN_URL }), KV).origin
  assert.equal(originOf(' https://site.example/shop/ '), 'https://site.example/shop')
  for (const wrong of ['site.example', 'ftp://site.example', 'https://user:pass@site.example', ''])
    assert.equal(originOf(wrong), undefined, wrong)
})

test('a request is answered once', () => {
  const visit = new Pintle(shipped, '{}', KV).identify(request, 1)
  visit.respond(undefined, 1)
  assert.throws(() => visit.respond(undefined, 1), /answered once/)
})

test('a visit that is answered without being looked up touches nothing', () => {
  assert.equal(new Pintle(shipped, '{}', KV).identify(request, 1).respond(undefined, 1), undefined)
})

test('what is no shell is refused', () => {
  assert.throws(() => new Pintle(shipped, '{}', '{"delivers":"flowers"}'), /flowers/)
})
