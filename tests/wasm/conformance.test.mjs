// The conformance suites through the wasm build: the same cases that run natively. Those that were drawn always run, and
// those beside the repository where they are.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { drawn, FILE } from '../conformance/draw_cookies.mjs'
import { instantiate } from './core.mjs'
import { openDoor } from './door.mjs'
import { GROUPS } from './growthbook_cases.mjs'

const folder = process.env.CONFORMANCE_DIR ?? path.join(root, '../shared/conformance')
const core = await instantiate()

/** Reads the file of a suite, or leaves one skipped test that says why there are no more. */
async function cases(name, read) {
  const file = path.join(folder, name)
  if (!existsSync(file) && process.env.CONFORMANCE_DIR === undefined) {
    test(`conformance: ${name}`, { skip: `there is no ${file}` })
    return []
  }
  const list = read(await readFile(file, 'utf8'))
  console.log(`conformance: ${list.length} cases of ${name}`)
  return list
}

const lines = (text) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

const kept = await readFile(FILE, 'utf8')
console.log(`conformance: ${lines(kept).length} cases that were drawn`)

test('the cookies of tests/conformance are those that the script draws', () => assert.equal(kept, drawn()))

for (const { name, cookie, raw, value } of [...lines(kept), ...(await cases('rudder_cookies.jsonl', lines))]) {
  test(`rudder cookie through wasm: ${name}`, () => {
    const read = JSON.parse(core.readRudderCookie(raw))
    assert.deepEqual(read.value ?? null, value)
    if (cookie !== 'rl_anonymous_id') return
    const text = typeof value === 'number' ? String(value) : value
    // Our own bound on top of the format: 1 to 256 bytes without control characters.
    const isId = typeof text === 'string' && text !== '' && Buffer.byteLength(text) <= 256 && !/\p{Cc}/u.test(text)
    const { id, reason } = JSON.parse(core.readAnonymousId(raw))
    assert.equal(id, isId ? text : undefined)
    assert.equal(typeof reason, isId ? 'undefined' : 'string')
  })
}

const growthbook = await cases('growthbook_cases.json', (text) =>
  Object.entries(JSON.parse(text)).flatMap(([group, list]) =>
    Array.isArray(list) ? list.map((row) => ({ group, row })) : [],
  ),
)
const door = growthbook.length > 0 ? await openDoor() : undefined
for (const { group, row } of growthbook) {
  const [name] = row
  test(`growthbook ${group} through wasm: ${name}`, () => {
    assert.ok(group in GROUPS, 'nobody runs the cases of this group')
    return GROUPS[group](door, row, core)
  })
}
