// Differential: values that RudderStack's own package and crypto-js wrote are read as they were meant.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as sdk from '@rudderstack/analytics-js-cookies'
import crypto from 'crypto-js'

import { generator, SEED } from '../random.mjs'
import { instantiate } from './core.mjs'

const core = await instantiate()
const ROUNDS = 300
console.log(`differential: ${ROUNDS} values a format, SEED=${SEED}`)

const random = generator(SEED)
const CHARACTERS = [...'abcXYZ0189-_.~ "\\/+=%&;,{}[]<>\n\t\u0000\u007féßñ日本語✓🚀\ufeff\u2028']
const pick = (list) => list[random(list.length)]
const word = (length) => Array.from({ length: random(length) }, () => pick(CHARACTERS)).join('')
const uuid = () => 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => random(16).toString(16))

/** A value as sites may have one: mostly an id, sometimes any JSON. */
function value(depth = 0) {
  const kinds = [uuid, () => word(40), () => random(2 ** 40) / pick([1, 8, 1024]), () => pick([true, false])]
  if (depth < 3) {
    kinds.push(() => Array.from({ length: random(4) }, () => value(depth + 1)))
    kinds.push(() => Object.fromEntries(Array.from({ length: random(4) }, () => [word(8), value(depth + 1)])))
  }
  return pick(kinds)()
}

const read = (raw) => JSON.parse(core.readRudderCookie(raw))
const legacy = (text) => `RudderEncrypt:${crypto.AES.encrypt(text, 'Rudder')}`

test(`${ROUNDS} random values written by the SDK's package are read as they were meant`, () => {
  for (let round = 0; round < ROUNDS; round++) {
    const meant = value()
    const written = sdk.getEncryptedValue(meant)
    assert.deepEqual(read(encodeURIComponent(written)), { value: meant })
    assert.deepEqual(read(encodeURIComponent(written)).value, sdk.getDecryptedValue(written))
    assert.deepEqual(read(written.replace(/%/g, '%25')), { value: meant }, 'written by a server, unencoded')
  }
})

test(`${ROUNDS} random values under the legacy cipher are read as they were meant`, () => {
  for (let round = 0; round < ROUNDS; round++) {
    const meant = value()
    assert.deepEqual(read(encodeURIComponent(legacy(JSON.stringify(meant)))), { value: meant })
  }
})

test(`${ROUNDS} ids wrapped by SDKs of different versions are peeled`, () => {
  for (let round = 0; round < ROUNDS; round++) {
    const meant = uuid()
    let wrapped = sdk.getEncryptedValue(meant)
    for (let layers = random(3); layers > 0; layers--) {
      const wrap = pick([
        (text) => sdk.getEncryptedValue(text),
        (text) => legacy(JSON.stringify(text)),
        // Without JSON in between: the older SDK encrypted what it found.
        (text) => (text.startsWith('RS_ENC_v3_') ? legacy(text) : sdk.getEncryptedValue(text)),
      ])
      wrapped = wrap(wrapped)
    }
    assert.deepEqual(JSON.parse(core.readAnonymousId(encodeURIComponent(wrapped))), { id: meant })
  }
})

test('hostile values give a reason and never a trap', () => {
  for (let round = 0; round < ROUNDS; round++) {
    const written = pick([sdk.getEncryptedValue(value()), legacy(JSON.stringify(value()))])
    const at = random(written.length)
    const broken = pick([
      written.slice(0, at),
      written.slice(0, at) + pick(CHARACTERS) + written.slice(at + 1),
      written.repeat(50),
      '['.repeat(4096),
      `RS_ENC_v3_${btoa('['.repeat(2000))}`,
    ])
    const answer = read(encodeURIComponent(broken))
    assert.ok('value' in answer || typeof answer.reason === 'string')
  }
})
