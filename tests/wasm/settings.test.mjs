// What JavaScript callers get for settings, lookups and nonces that are wrong.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { instantiate } from './core.mjs'

const { Pintle } = await instantiate()
const shipped = await readFile(path.join(root, 'personalization.json'), 'utf8')
const request = JSON.stringify({
  method: 'GET',
  url: 'https://shop.example/',
  headers: { accept: 'text/html', cookie: 'rl_anonymous_id=%22somebody%22' },
})

test('settings that are wrong throw all mistakes at once', () => {
  const personalization = '{ "features": {}, "deliver": [{ "feature": "x" }] }'
  const mistakes = (() => {
    try {
      return new Pintle(personalization, '{ "LOOKUP_BUDGET_MS": "soon" }')
    } catch (error) {
      return JSON.parse(error.message)
    }
  })()
  const places = mistakes.map(({ at }) => at)
  assert.deepEqual(places, ['$.deliver[0].feature', '$.deliver[0]', 'PROFILE_VIEW', 'LOOKUP_BUDGET_MS'])
})

test('a lookup that ended in no known way is an error, not a decision', () => {
  const pintle = new Pintle(shipped, '{}')
  const respond = (outcome) => () => pintle.identify(request, 1).respond(outcome, new Uint8Array(12))
  assert.throws(respond('"perhaps"'), /no way for a lookup to end/)
  assert.throws(respond('{ "found": 1, "source": "kv" }'), /no way for a lookup to end/)
  assert.throws(respond('{'), /EOF/)
})

test('a nonce that is too short is an error', () => {
  const identified = new Pintle(shipped, '{}').identify(request, 1)
  assert.throws(() => identified.respond('"missing"', new Uint8Array(11)), /12 bytes/)
})

test('a request is answered once', () => {
  const identified = new Pintle(shipped, '{}').identify(request, 1)
  identified.respond('"missing"', new Uint8Array(12))
  assert.throws(() => identified.respond('"missing"', new Uint8Array(12)))
})
