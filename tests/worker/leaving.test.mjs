// Visitors who leave before their page is there: nothing of them stays behind, and whoever comes later is served.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import net from 'node:net'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { startActivationApi } from './activation_api.mjs'
import { eventually } from './browser.mjs'
import { assertPersonalised, get, signedUp, startsBefore, startTellingOrigin, view } from './plain.mjs'

/** How many leave before the first look at the memory, and how many after it. */
const [FIRST, THEN] = [1_000, 3_000]
const AT_ONCE = 50
/** A visit has about 650 bytes: these are what a third of those who leave would take, if they stayed. */
const GROWTH = 640 * 1024
/** How long an answer that missed its page is waited for, and how much later its end may be noticed. */
const [LATE_MS, SLACK_MS] = [5_000, 1_500]

let origin, api

before(async () => {
  origin = await startTellingOrigin()
  api = await startActivationApi()
})
after(() => Promise.all([origin, api].map((running) => running?.dispose())))

const starts = (t, bindings) =>
  startsBefore(origin, t, {
    entry: path.join(root, 'tests/worker/wrapped.mjs'),
    bindings: { ...api.bindings, ...bindings },
  })

/** Opens `count` pages at once, and hangs up when the origin is asked for all of them, and so their lookups are under way. */
async function leave(site, count, id) {
  const asked = origin.requests.length
  const { hostname, port } = new URL(site.direct)
  const sockets = Array.from({ length: count }, () => {
    const socket = net.connect(Number(port), hostname).on('error', () => {})
    const headers = Object.entries({ host: hostname, ...view(id()) }).map((pair) => pair.join(': '))
    socket.write(['GET / HTTP/1.1', ...headers, '', ''].join('\r\n'))
    return socket
  })
  await eventually('the origin is asked', () => origin.requests.length === asked + count)
  for (const socket of sockets) socket.resetAndDestroy()
}

async function bytes(site) {
  const { instances, bytes } = JSON.parse((await get(site, {}, '/instances')).text)
  assert.equal(instances, 1)
  return bytes[0]
}

/** That visitors leave, by the thousand, while `id` is looked up; nothing of them stays. */
async function assertNothingStays(site, id) {
  for (let left = 0; left < FIRST; left += AT_ONCE) await leave(site, AT_ONCE, id)
  const had = await bytes(site)
  for (let left = 0; left < THEN; left += AT_ONCE) await leave(site, AT_ONCE, id)
  const grown = (await bytes(site)) - had
  assert.ok(grown < GROWTH, `the module's memory grew by ${grown} bytes`)
  assert.equal(site.log(), '')
}

test('those who leave while an API is being asked leave nothing behind, and no question goes on', async (t) => {
  const site = await starts(t)
  api.answer = () => {}
  const [asked, done] = [api.asked.length, api.done]
  await assertNothingStays(site, randomUUID)
  await eventually('no question goes on', () => api.done - done === FIRST + THEN)
  assert.equal(api.asked.length - asked, FIRST + THEN)
  // That they left is not held against the API.
  api.recover()
  for (let time = 0; time < 10; time++) {
    const id = randomUUID()
    await api.knows(id, { USER_APP_SIGN_UP: 1 })
    assertPersonalised(await get(site, view(id)))
  }
})

test('those who leave while KV is being asked leave nothing behind', async (t) => {
  const site = await starts(t, { PROFILE_SOURCES: 'kv' })
  await assertNothingStays(site, () => `slow-${randomUUID()}`)
  for (let time = 0; time < 10; time++) assertPersonalised(await get(site, await signedUp(site)))
})

test('a question that missed its page is ended five seconds after it', async (t) => {
  const site = await starts(t, { LOOKUP_BUDGET_MS: '100' })
  api.answer = () => {}
  const done = api.done
  const count = 4
  await Promise.all(Array.from({ length: count }, () => get(site, view(randomUUID()))))
  const startedMs = performance.now()
  assert.equal(api.done, done, 'what comes late is waited for')
  await eventually('the questions are ended', () => api.done === done + count)
  const tookMs = performance.now() - startedMs
  assert.ok(tookMs < LATE_MS + SLACK_MS, `they were ended after ${tookMs} ms`)
})
