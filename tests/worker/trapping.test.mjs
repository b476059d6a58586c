// Fail open: a module that traps, wherever it does, keeps no page back; a new instance takes its place.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { eventually } from './browser.mjs'
import { entries, patched, trapAtEntry, trapAtStart, trapInsteadOf } from './patched.mjs'
import {
  assertPersonalised,
  assertPlain,
  get,
  isPersonalised,
  signedUp,
  startsBefore,
  startTellingOrigin,
  view,
} from './plain.mjs'
import { exchange, inTime } from './raw.mjs'
import { startServer } from './site.mjs'

const TIMES = 4
const DECISION = '/_pintle/decision'
const TRAP = /the module has failed; a new one takes its place: RuntimeError: unreachable/

let origin

before(async () => {
  origin = await startTellingOrigin()
})
after(() => origin?.dispose())

const wrapped = (t) => startsBefore(origin, t, { entry: path.join(root, 'tests/worker/wrapped.mjs') })

/** A site whose module is changed by `change`. */
const starts = async (t, change, bindings) => startsBefore(origin, t, { ...(await patched(t, change)), bindings })

const post = (site) => inTime(exchange(site.direct, { method: 'POST', body: 'x'.repeat(1000) }), 'POST')

function assertSecretsUntold(log) {
  assert.doesNotMatch(log, /RS_ENC|rl_anonymous_id|[0-9a-f]{8}-[0-9a-f]{4}/)
}

// What the module reads throws.

for (const where of ['method', 'headers']) {
  test(`a request whose module traps as it reads the ${where} gets the plain page, and the next one is personalised`, async (t) => {
    const site = await wrapped(t)
    assertPersonalised(await get(site, await signedUp(site)))
    for (let time = 0; time < TIMES; time++) {
      const asked = origin.requests.length
      assertPlain(await get(site, { ...(await signedUp(site)), 'x-trap': where }))
      assert.equal(origin.requests.length, asked + 1, 'the origin is asked once')
      assertPersonalised(await get(site, await signedUp(site)))
    }
    await eventually('the trap is told', () => TRAP.test(site.log()))
    assertSecretsUntold(site.log())
  })

  test(`a trap as the module reads the ${where} harms no other request: each gets its one answer of the origin`, async (t) => {
    const site = await wrapped(t)
    const asked = origin.requests.length
    const send = async (method, path, body, headers) =>
      inTime(exchange(site.direct, { method, path, body, headers }), path)
    const flights = [
      send('GET', '/held/untouched'),
      send('GET', '/held/view', undefined, await signedUp(site)),
      // Its lookup is under way when the instance that has it ends.
      send('GET', '/held/slow', undefined, await signedUp(site, `slow-${randomUUID()}`)),
      send('POST', '/held/post', 'x'.repeat(100)),
      send('POST', '/held/empty'),
    ]
    await eventually('the origin has all requests', () => origin.held.length === flights.length)
    assertPlain(await get(site, { ...(await signedUp(site)), 'x-trap': where }))
    assertPersonalised(await get(site, await signedUp(site)))
    for (const answer of origin.held.splice(0)) answer()
    const answers = await Promise.all(flights)
    assert.deepEqual(
      answers.map(({ status, text }) => [status, text]),
      [
        [200, 'GET /held/untouched 0'],
        [200, 'GET /held/view 0'],
        [200, 'GET /held/slow 0'],
        [200, 'POST /held/post 100'],
        [200, 'POST /held/empty 0'],
      ],
    )
    assert.ok(isPersonalised(answers[1]), 'what was decided before the trap is kept')
    assert.deepEqual(answers[2].all('set-cookie'), [])
    assert.equal(origin.requests.length, asked + flights.length + 2, 'the origin is asked once for each')
  })
}

test('a question for decisions whose module traps as it reads the URL is told nothing, and the next one is answered', async (t) => {
  const site = await wrapped(t)
  for (let time = 0; time < TIMES; time++) {
    const answer = await get(site, { ...(await signedUp(site)), 'x-trap': 'url' }, DECISION)
    assert.deepEqual([answer.status, answer.text], [200, '{"decisions":{}}'])
    assert.equal(answer.one('cache-control'), 'no-store')
    const next = await get(site, await signedUp(site), DECISION)
    assert.deepEqual([next.status, next.text], [200, '{"decisions":{"signed_up":true}}'])
    assertPersonalised(await get(site, await signedUp(site)))
  }
})

test('a KV that throws, even as wasm does, is a failed lookup and no trap', async (t) => {
  const site = await wrapped(t)
  for (let time = 0; time < TIMES; time++) {
    assertPlain(await get(site, await signedUp(site, `throws-${randomUUID()}`)))
    assertPersonalised(await get(site, await signedUp(site)))
  }
  assert.equal(JSON.parse((await get(site, {}, '/instances')).text).instances, 1)
  const told = 'pintle: kv failed: the source cannot be reached: unreachable; look at the binding PROFILES'
  await eventually('it is told', () => site.log().includes(told))
  assert.equal(site.log().split('kv failed').length, 2, 'it is told once')
  assertSecretsUntold(site.log())
})

// A module that truly traps.

/** Whoever asks gets the page, from the origin and without cookies. */
async function assertEverybodyServed(site) {
  const asked = origin.requests.length
  assertPlain(await get(site, await signedUp(site)))
  assertPlain(await get(site, {}))
  const posted = await post(site)
  assert.deepEqual([posted.status, posted.text], [200, 'POST / 1000'])
  assert.equal(origin.requests.length, asked + 3, 'the origin is asked once for each')
}

for (const [imported, when] of [
  ['method', 'in every request'],
  ['headers', 'in every request, as it takes the headers'],
  ['get', 'as it reads any header'],
  ['getRandomValues', 'as every ticket is sealed'],
]) {
  test(`with a module that truly traps ${when} every page is served, whoever asks`, async (t) => {
    const site = await starts(t, (module) => trapInsteadOf(module, imported))
    for (let time = 0; time < TIMES; time++) await assertEverybodyServed(site)
    await eventually('the traps are told', () => TRAP.test(site.log()))
    assertSecretsUntold(site.log())
  })
}

// By these a page view enters, and then by `cacheControl`, as its page is changed.
for (const entry of [
  'pintle_identify',
  'pintle_next',
  'pintle_repliedValue',
  'pintle_respond',
  'pintle_end',
  'cacheControl',
]) {
  test(`with a module that traps at each second ${entry} every second page is plain, and the others are personalised`, async (t) => {
    const site = await starts(t, (module) => trapAtEntry(module, [entries(module)[entry]], 2))
    for (let time = 0; time < TIMES; time++) {
      const asked = origin.requests.length
      assertPersonalised(await get(site, await signedUp(site)))
      assertPlain(await get(site, await signedUp(site)))
      assert.equal(origin.requests.length, asked + 2, 'the origin is asked once for each')
    }
    await eventually('each trap is told', () => site.log().split(TRAP).length === TIMES + 1)
    assertSecretsUntold(site.log())
  })
}

// Five entries make the site, and six are a page view.
for (const nth of [6, 7, 8, 9, 10, 11, 12, 17, 23]) {
  test(`a module that truly traps at entry ${nth} into it keeps no page back, and comes back`, async (t) => {
    const site = await starts(t, (module) => trapAtEntry(module, Object.values(entries(module)), nth))
    const asked = origin.requests.length
    const pages = []
    for (let time = 0; time < 3 * TIMES; time++) pages.push(await get(site, await signedUp(site)))
    for (const { status, text } of pages) assert.deepEqual([status, text], [200, 'GET / 0'])
    const personalised = pages.filter(isPersonalised).length
    assert.ok(personalised < pages.length, 'it did trap')
    if (nth > 11) assert.ok(personalised >= pages.length / 2, `${personalised} of ${pages.length} are personalised`)
    // Many at once, in whatever order their lookups end.
    const headers = await Promise.all(Array.from({ length: 20 }, () => signedUp(site)))
    for (const { status, text } of await Promise.all(headers.map((one) => get(site, one)))) {
      assert.deepEqual([status, text], [200, 'GET / 0'])
    }
    assert.equal(origin.requests.length, asked + pages.length + headers.length, 'the origin is asked once for each')
  })
}

for (const [entry, budgetMs, answersMs] of [
  ['pintle_ranOut', '200', undefined],
  ['pintle_repliedHttp', '10000', 0],
  ['pintle_repliedHttp', '100', 400],
  ['pintle_rest', '100', 400],
]) {
  const slow = answersMs === undefined ? 'never answers' : `answers after ${answersMs} ms`
  test(`a module that traps at every ${entry} keeps no page back, with an API that ${slow} and a budget of ${budgetMs} ms`, async (t) => {
    const api = await startServer((_, response) => {
      if (answersMs !== undefined) setTimeout(() => response.end('{"data":{}}'), answersMs)
    })
    t.after(api.dispose)
    const bindings = {
      PROFILE_SOURCES: 'activation-api',
      ACTIVATION_API_URL: api.url,
      ACTIVATION_TOKEN: 't',
      ACTIVATION_DESTINATION_ID: 'd',
      LOOKUP_BUDGET_MS: budgetMs,
    }
    const site = await starts(t, (module) => trapAtEntry(module, [entries(module)[entry]], 0), bindings)
    for (let time = 0; time < TIMES; time++) assertPlain(await get(site, view(randomUUID())))
    assert.equal(api.requests.length, TIMES, 'each was looked up, by a module that works')
    await eventually('the traps are told', () => TRAP.test(site.log()))
    assertSecretsUntold(site.log())
  })
}

// A module that cannot be started.

const unstartable = {
  'traps as it is instantiated': trapAtStart,
  'traps as it says what the contract is': (module) => trapAtEntry(module, [entries(module).contract], 0),
  'traps as it reads the settings': (module) => trapAtEntry(module, [entries(module).pintle_new], 0),
}
for (const [what, change] of Object.entries(unstartable)) {
  test(`with a module that ${what} the site is served from its origin, and the log says why`, async (t) => {
    const told = await startServer((request, response) => response.end(JSON.stringify(request.headers)))
    t.after(told.dispose)
    const site = await starts(t, change)
    for (let time = 0; time < TIMES; time++) await assertEverybodyServed(site)
    await eventually('the log says so', () => /the module cannot be started, so the site is served/.test(site.log()))
    assert.equal(site.log().split('cannot be started').length, 2, 'it says so once')
    assertSecretsUntold(site.log())

    const behind = await starts(t, change, { ORIGIN_URL: `${told.url}/` })
    const headers = JSON.parse((await get(behind, { 'x-pintle-decisions': 'forged', 'x-own': 'kept' })).text)
    assert.deepEqual([headers['x-pintle-decisions'], headers['x-own']], [undefined, 'kept'])
  })
}

test('with a module that cannot be started and an ORIGIN_URL that is none the static assets are served', async (t) => {
  for (const ORIGIN_URL of ['', 'http://[::1', 'ftp://site.example', 'https://user:password@site.example', 'site']) {
    const options = { ...(await patched(t, trapAtStart)), assets: true, bindings: { ORIGIN_URL } }
    const site = await startsBefore(origin, t, options)
    const page = await get(site, await signedUp(site))
    assert.equal(page.status, 200, ORIGIN_URL)
    assert.match(page.text, /^<!doctype html>/)
    assert.doesNotMatch(site.log(), /password/)
  }
})
