// A module that truly traps: whoever asked is answered all the same, and a new instance takes its place.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import binaryen from 'binaryen'

import { trapInsteadOf } from '../worker/patched.mjs'
import { module, post, question, startFeed } from './site.mjs'

const PATH = '/v2/activation'
const TIMES = 6

/** Starts a site whose module is changed by `patch`, for the time of one test. */
async function patched(t, patch) {
  const parsed = binaryen.readBinary(await module())
  patch(parsed)
  const site = await startFeed({ wasm: parsed.emitBinary() })
  t.after(site.dispose)
  parsed.dispose()
  return site
}

/** Makes the `nth` entry on behalf of a future (by a microtask or a promise) a trap, counted for each instance. */
function trapAtEntry(module, nth) {
  const { i32 } = module
  module.addGlobal('entries', binaryen.i32, true, i32.const(0))
  const entries = () => module.global.get('entries', binaryen.i32)
  let found = 0
  for (let at = 0; at < module.getNumExports(); at++) {
    const { name, value, kind } = binaryen.getExportInfo(module.getExportByIndex(at))
    if (kind !== binaryen.ExternalFunction || !name.startsWith('wasm_bindgen__convert__closures')) continue
    const { body, results } = binaryen.getFunctionInfo(module.getFunction(value))
    const count = module.global.set('entries', i32.add(entries(), i32.const(1)))
    const trap = module.if(i32.eq(entries(), i32.const(nth)), module.unreachable())
    binaryen.Function.setBody(module.getFunction(value), module.block(null, [count, trap, body], results))
    found++
  }
  assert.ok(found > 0)
}

/** Sends one request; what it must be answered with is either right, or a 500 that says so. */
async function asked(site, id) {
  const answer = await site.ask(PATH, question(id))
  assert.equal(answer.headers.get('content-type'), 'application/json')
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const { data, error } = JSON.parse(answer.text)
  if (answer.status === 200) assert.deepEqual(data, { V: { ID: id } })
  else assert.match(`${answer.status} ${error}`, /^500 the feed could not answer/)
  return answer.status === 200
}

const kept = (site, id) => site.profiles.put(`user:anonymous_id:${id}`, JSON.stringify({ V: { ID: id } }))

for (const imported of ['url', 'getReader', 'set_status']) {
  test(`a module that traps wherever it calls ${imported} answers 500, and the site is not touched`, async (t) => {
    const site = await patched(t, (module) => trapInsteadOf(module, imported))
    for (let time = 0; time < TIMES; time++) {
      assert.equal(await asked(site, 'v'), false)
      assert.equal((await site.ask('/')).text, "the site's own GET /")
    }
    assert.equal((await site.ask('/instances')).text, String(TIMES), 'each was asked of a new instance')
  })
}

for (const nth of [1, 2, 3, 4, 5, 6, 8, 13, 25]) {
  test(`a module that traps at entry ${nth} on behalf of its futures leaves nobody waiting, and comes back`, async (t) => {
    const site = await patched(t, (module) => trapAtEntry(module, nth))
    await kept(site, 'one')
    const answered = []
    for (let time = 0; time < 3 * TIMES; time++) answered.push(await asked(site, 'one'))
    assert.ok(answered.includes(false), 'it did trap')
    if (nth > 12) assert.ok(answered.includes(true), 'it did come back')
    // Many at once, in whatever order their futures run.
    const ids = Array.from({ length: 20 }, (_, at) => `many${at}`)
    await Promise.all(ids.map((id) => kept(site, id)))
    await Promise.all(ids.map((id) => asked(site, id)))
    const instances = Number((await site.ask('/instances')).text)
    assert.ok(instances > 1, `${instances} instances`)
  })
}

test('a body that is still being sent when another request traps is answered', async (t) => {
  const site = await patched(t, (module) => trapInsteadOf(module, 'set_status'))
  let end
  const slow = new ReadableStream({
    start(body) {
      body.enqueue(new TextEncoder().encode('{"entity":"user"'))
      end = () => body.close()
    },
  })
  const held = site.ask(PATH, { ...post(slow), duplex: 'half' })
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.equal(await asked(site, 'v'), false)
  const status = await Promise.race([
    held.then(({ status }) => status),
    new Promise((resolve) => setTimeout(resolve, 5_000, 'nothing yet')),
  ])
  end()
  assert.equal(status, 500)
  assert.equal((await held).status, 500)
})
