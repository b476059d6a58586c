// Draws rudder_cookies.jsonl: cookies as RudderStack's own packages write them, and what a reader must get from them.
//
//   node tests/conformance/draw_cookies.mjs
//
// It is drawn by a fixed seed, salts and all, so the file comes out the same each time. The SDK 2.52 reads every value
// as a second witness; where it reads another one than is asked of us, it is said here.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'

import * as current from '@rudderstack/analytics-js-cookies'
import crypto from 'crypto-js'

import { isProgram } from '../../scripts/project.mjs'
import { generator } from '../random.mjs'
import { oldSdk } from './old_sdk.mjs'

/** The drawn vectors. */
export const FILE = new URL('rudder_cookies.jsonl', import.meta.url)

const ROUNDS = 5
const CHARACTERS = [...'abcXYZ019-_.~ "\\/+=%&;,{}[]<>\n\tßéñ日本✓🚀\u2028']

/** The text of the file. */
export function drawn() {
  const random = generator(20_240)
  const old = oldSdk(random)
  const pick = (list) => list[random(list.length)]
  const hex = (digits) => Array.from({ length: digits }, () => random(16).toString(16)).join('')
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-${pick('89ab')}${hex(3)}-${hex(12)}`
  const word = () => Array.from({ length: 1 + random(40) }, () => pick(CHARACTERS)).join('')
  const traits = () => ({
    email: `${hex(6)}@shop.example`,
    name: word(),
    age: random(99),
    plan: null,
    tags: [word(), true],
  })
  const session = () => ({
    autoTrack: true,
    timeout: 1_800_000,
    expiresAt: random(2 ** 31) * 1000,
    id: random(2 ** 31),
  })

  const v3 = (value) => current.getEncryptedValue(value)
  const salt = () => crypto.lib.WordArray.create([random(2 ** 32), random(2 ** 32)])
  const legacyText = (text) => `RudderEncrypt:${crypto.AES.encrypt(text, 'Rudder', { salt: salt() })}`
  const legacy = (value) => legacyText(JSON.stringify(value))
  const encoded = encodeURIComponent

  const lines = []
  const line = (name, raw, value, note, { cookie = 'rl_anonymous_id', sdkReads = value } = {}) => {
    const read = old.read(raw)
    // It takes nothing falsy for an id, and makes one.
    assert.deepEqual(structuredClone(read ?? null), sdkReads || null, `the SDK 2.52 reads ${name} otherwise`)
    const decoded = decodedOr(raw)
    const package_0_5_15 = decoded === undefined ? null : current.getDecryptedValue(decoded)
    lines.push(JSON.stringify({ name, cookie, raw, value, package_0_5_15, note }))
  }

  for (let round = 1; round <= ROUNDS; round++) {
    const id = uuid()
    line(`v3_uuid_${round}`, encoded(v3(id)), id, 'package, encodeURIComponent')
    line(`v3_uuid_as_a_server_writes_it_${round}`, v3(id), id, 'package, not encoded: + stays +')
    const text = word()
    line(`v3_text_${round}`, encoded(v3(text)), text, 'package')
    line(`v3_of_v3_${round}`, encoded(v3(v3(id))), id, 'package twice; the SDK peels both, the package one')
    line(`v3_without_padding_${round}`, encoded(v3(text).replace(/=+$/, '')), text, 'package, padding cut off')
    const one = { ...traits(), [word()]: { nested: [word(), random(2 ** 40) / 8] } }
    line(`v3_traits_${round}`, encoded(v3(one)), one, 'package', { cookie: 'rl_trait' })
    line(`plain_json_${round}`, encoded(JSON.stringify(text)), text, 'JSON without any encryption')
    line(`legacy_by_the_sdk_${round}`, old.written(id), id, 'written by the SDK 2.52')
    line(`legacy_text_by_the_sdk_${round}`, old.written(text), text, 'written by the SDK 2.52')
    line(`legacy_uuid_${round}`, encoded(legacy(id)), id, 'crypto-js')
    line(`legacy_as_a_server_writes_it_${round}`, legacy(id), id, 'crypto-js, not encoded')
    const two = session()
    line(`legacy_session_${round}`, encoded(legacy(two)), two, 'crypto-js', { cookie: 'rl_session' })
    line(`legacy_of_legacy_${round}`, encoded(legacy(legacy(id))), id, 'crypto-js twice')
    line(`v3_of_legacy_${round}`, encoded(v3(legacy(id))), id, 'package over crypto-js')
    line(`legacy_of_v3_json_${round}`, encoded(legacy(v3(id))), id, 'crypto-js over the JSON of what the package wrote')
    line(
      `legacy_of_v3_${round}`,
      encoded(legacyText(v3(id))),
      id,
      'crypto-js over what the package wrote, without JSON',
      {
        // Its 2.52 opens one layer before it parses; the migrator of 3.x, whose rule we follow, opens both.
        sdkReads: null,
      },
    )
    const whole = v3(id)
    const cut = whole.slice(0, whole.length - 5 - random(20))
    line(`v3_cut_${round}`, encoded(cut), null, 'package, cut short')
    const sealed = legacy(id)
    line(`legacy_cut_${round}`, encoded(sealed.slice(0, sealed.length - 5 - random(10))), null, 'crypto-js, cut short')
    line(`bare_${round}`, id, null, 'a bare id is no JSON')
  }
  line('v3_number', encoded(v3(1.5e21)), 1.5e21, 'package: a number')
  line('v3_empty', encoded(v3('')), '', 'package: an empty text')
  line('v3_array', encoded(v3(['a', null])), ['a', null], 'package: an array')
  line('plain_number', '0123456789', null, 'digits with a leading zero are no JSON')
  line('plain_true', 'true', true, 'JSON that is no text')
  line('percent_broken', `${encoded(v3('a'))}%E0%A4%A`, null, 'decodeURIComponent throws')
  line('v3_prefix', 'RS_ENC_v3_', null, 'a prefix and nothing')
  line('legacy_prefix', encoded('RudderEncrypt:'), null, 'a prefix and nothing')
  line('other_prefix', encoded(v3('a').toLowerCase()), null, 'the prefix in lower case')
  line('v3_encoded_twice', encoded(encoded(v3('ab'))), null, 'encodeURIComponent twice')
  const url = v3('>>>???').replaceAll('/', '_').replaceAll('+', '-')
  line('v3_base64url', url, '>>>???', 'the package in Node.js reads either alphabet, the SDK in a browser does not', {
    sdkReads: null,
  })
  return `${lines.join('\n')}\n`
}

/** What a cookie's value decodes to, if it does. */
function decodedOr(raw) {
  try {
    return decodeURIComponent(raw)
  } catch {
    return undefined
  }
}

if (isProgram(import.meta.url)) {
  await writeFile(FILE, drawn())
}
