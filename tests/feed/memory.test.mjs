// What people leave in the module's memory once their objects have done their work: nothing. (What the process has
// meanwhile is the bench's to tell: objects leave its memory after a minute or two.)

import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'

import { memory } from '../../benches/feed/memory.mjs'
import { root } from '../../scripts/project.mjs'

/** A kilobyte for each person would be twice as much. */
const SLACK = 1024 * 1024

test('the memory of the modules does not grow with the people who were touched', async (t) => {
  const log = (text) => t.diagnostic(text)
  const { wasm_first, wasm_last } = await memory({ build: path.join(root, 'build'), objects: 2_000, restMs: 0, log })
  assert.ok(wasm_first > 0)
  assert.ok(wasm_last - wasm_first < SLACK, `${wasm_first} bytes became ${wasm_last}`)
})
