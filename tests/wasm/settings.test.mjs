// What JavaScript callers get for settings and lookups that are wrong.

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
const KV = '["kv"]'

test('settings that are wrong throw all mistakes at once', () => {
  const personalization = '{ "features": {}, "deliver": [{ "feature": "x" }] }'
  const mistakes = (() => {
    try {
      return new Pintle(personalization, '{ "LOOKUP_BUDGET_MS": "soon" }', KV)
    } catch (error) {
      return JSON.parse(error.message)
    }
  })()
  const places = mistakes.map(({ at }) => at)
  assert.deepEqual(places, ['$.deliver[0].feature', '$.deliver[0]', 'PROFILE_VIEW', 'LOOKUP_BUDGET_MS'])
})

test('a lookup that ended in no known way is an error, not a decision', () => {
  const pintle = new Pintle(shipped, '{}', KV)
  const respond = (outcome) => () => pintle.identify(request, 1).respond(outcome)
  assert.throws(respond('"perhaps"'), /no way for a lookup to end/)
  assert.throws(respond('{ "found": 1, "source": "kv" }'), /no way for a lookup to end/)
  assert.throws(respond('{'), /EOF/)
})

test('a request is answered once', () => {
  const identified = new Pintle(shipped, '{}', KV).identify(request, 1)
  identified.respond('"missing"')
  assert.throws(() => identified.respond('"missing"'))
})
