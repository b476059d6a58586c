// Fail open: whatever breaks in Pintle, its settings or its input, the page is served.

import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'

import binaryen from 'binaryen'
import { root } from '../../scripts/project.mjs'
import { eventually, visitor } from './browser.mjs'
import { exchange, inTime } from './raw.mjs'
import { KEY, startServer, startSite } from './site.mjs'

const COOKIE = 'rs_activation_signed_up'
const PROFILE = '{"WEB_PERSONALIZATION:FEATURES_BY_ANON":{"USER_APP_SIGN_UP":1}}'
const TIMES = 4

let origin
/** Answers that the origin holds back. */
const held = []

before(async () => {
  origin = await startServer((request, response) => {
    let length = 0
    request.on('data', (chunk) => (length += chunk.length))
    request.on('end', () => {
      const answer = () =>
        response.writeHead(200, { 'content-type': 'text/html' }).end(`${request.method} ${request.url} ${length}`)
      if (request.url.startsWith('/held')) held.push(answer)
      else answer()
    })
  })
})
after(() => origin?.dispose())

/** Starts a site in front of the origin, for the time of one test. */
async function starts(t, options) {
  const bindings = { ORIGIN_URL: origin.url, TICKET_KEYS: KEY, ...options?.bindings }
  const site = await startSite({ assets: false, ...options, bindings })
  t.after(() => site.dispose())
  return site
}

const cookies = (pairs) => ({
  cookie: Object.entries(pairs)
    .map((pair) => pair.join('='))
    .join('; '),
})
const view = (id, more = {}) => ({ accept: 'text/html', ...cookies({ ...visitor(id), ...more }) })

/** A page view of somebody who is signed up, and was never here. */
async function signedUp(site, id = randomUUID()) {
  await site.profiles.put(`user:anonymous_id:${id}`, PROFILE)
  return view(id)
}

/** Sends a request, which must be answered as long as the origin answers. */
const get = (site, headers, path = '/') => inTime(exchange(site.direct, { path, headers }), path)
const isPersonalised = (response) => response.all('set-cookie').some((cookie) => cookie.startsWith(`${COOKIE}=true;`))

function assertPlain(response, text = 'GET / 0') {
  assert.deepEqual([response.status, response.text], [200, text])
  assert.deepEqual(response.all('set-cookie'), [])
}

function assertPersonalised(response) {
  assert.deepEqual([response.status, response.text], [200, 'GET / 0'])
  assert.ok(isPersonalised(response), 'the page is not personalised')
}

// A module that traps.

const wrapped = (t) => {
  const bindings = { ORIGIN_URL: '', SITE_URL: origin.url }
  return starts(t, { entry: path.join(root, 'tests/worker/trapping.mjs'), bindings })
}
const traps = {
  'as it reads the URL, before the page is asked for': async () => ({ 'x-trap': 'url' }),
  'as it reads the method': async () => ({ 'x-trap': 'method' }),
  'in the future that asks KV': async () => view('trap'),
  'in the future that changes the page': async (site) => ({ ...(await signedUp(site)), 'x-trap': 'body' }),
}

for (const [where, headers] of Object.entries(traps)) {
  test(`a request whose module traps ${where} gets the plain page, and the next one is personalised`, async (t) => {
    const site = await wrapped(t)
    assertPersonalised(await get(site, await signedUp(site)))
    for (let time = 0; time < TIMES; time++) {
      const asked = origin.requests.length
      assertPlain(await get(site, await headers(site)))
      assert.equal(origin.requests.length, asked + 1, 'the origin is asked once')
      assertPersonalised(await get(site, await signedUp(site)))
    }
  })

  test(`a trap ${where} harms no other request: each gets its one answer of the origin`, async (t) => {
    const site = await wrapped(t)
    const asked = origin.requests.length
    const send = async (method, path, body, headers) =>
      inTime(exchange(site.direct, { method, path, body, headers }), path)
    const flights = [
      send('GET', '/held/untouched'),
      send('GET', '/held/view', undefined, await signedUp(site)),
      send('POST', '/held/post', 'x'.repeat(100)),
      send('POST', '/held/empty'),
    ]
    await eventually('the origin has all requests', () => held.length === flights.length)
    assertPlain(await get(site, await headers(site)))
    assertPersonalised(await get(site, await signedUp(site)))
    for (const answer of held.splice(0)) answer()
    const answers = await Promise.all(flights)
    assert.deepEqual(
      answers.map(({ status, text }) => [status, text]),
      [
        [200, 'GET /held/untouched 0'],
        [200, 'GET /held/view 0'],
        [200, 'POST /held/post 100'],
        [200, 'POST /held/empty 0'],
      ],
    )
    assert.equal(held.length, 0)
    assert.equal(origin.requests.length, asked + flights.length + 2, 'the origin is asked once for each')
  })
}

test('a trap is told in the log, without cookie or id', async (t) => {
  const site = await wrapped(t)
  assertPlain(await get(site, await traps['in the future that changes the page'](site)))
  await eventually('the trap is told', () => /RuntimeError: unreachable/.test(site.log()))
  assert.doesNotMatch(site.log(), /RS_ENC|rl_anonymous_id|[0-9a-f]{8}-[0-9a-f]{4}/)
})

/** The built Worker, with its module as `change` leaves it. */
async function patched(t, change, bindings) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pintle-trapping-'))
  t.after(() => rm(folder, { recursive: true }))
  const module = binaryen.readBinary(await readFile(path.join(root, 'build/pintle.wasm')))
  change(module)
  await writeFile(path.join(folder, 'pintle.wasm'), module.emitBinary())
  module.dispose()
  await writeFile(path.join(folder, 'worker.mjs'), await readFile(path.join(root, 'build/worker.mjs')))
  return starts(t, { entry: path.join(folder, 'worker.mjs'), modulesRoot: folder, bindings })
}

/** Makes a function that the module imports from JavaScript a trap. */
function trapInsteadOf(module, imported) {
  let found = 0
  for (let at = 0; at < module.getNumFunctions(); at++) {
    const { name, base, params, results } = binaryen.getFunctionInfo(module.getFunctionByIndex(at))
    if (!base.startsWith(`__wbg_${imported}_`)) continue
    module.removeFunction(name)
    module.addFunction(name, params, results, [], module.unreachable())
    found++
  }
  assert.ok(found > 0, `the module imports ${imported}`)
}

/** The functions by which microtasks, promises and timers enter the module; those of timers have two parameters. */
function closures(module, parameters) {
  const names = []
  for (let at = 0; at < module.getNumExports(); at++) {
    const { name, value, kind } = binaryen.getExportInfo(module.getExportByIndex(at))
    if (kind !== binaryen.ExternalFunction || !name.startsWith('wasm_bindgen__convert__closures')) continue
    const { params } = binaryen.getFunctionInfo(module.getFunction(value))
    if (binaryen.expandType(params).length === parameters) names.push(value)
  }
  assert.ok(names.length > 0)
  return names
}

/** Makes the `nth` entry into functions a trap, counted together for each instance. */
function trapAtEntry(module, names, nth) {
  const { i32 } = module
  module.addGlobal('entries', binaryen.i32, true, i32.const(0))
  const entries = () => module.global.get('entries', binaryen.i32)
  for (const name of names) {
    const { body, results } = binaryen.getFunctionInfo(module.getFunction(name))
    const count = module.global.set('entries', i32.add(entries(), i32.const(1)))
    const trap = module.if(i32.eq(entries(), i32.const(nth)), module.unreachable())
    binaryen.Function.setBody(module.getFunction(name), module.block(null, [count, trap, body], results))
  }
}

for (const [imported, when] of [
  ['url', 'before the page is asked for'],
  ['method', 'in every request'],
  ['setTimeout', 'in every lookup'],
  ['append', 'as every cookie is set'],
]) {
  test(`with a module that truly traps ${when} every page is served, whoever asks`, async (t) => {
    const site = await patched(t, (module) => trapInsteadOf(module, imported))
    for (let time = 0; time < TIMES; time++) {
      const asked = origin.requests.length
      assertPlain(await get(site, await signedUp(site)))
      assertPlain(await get(site, {}))
      const posted = await inTime(exchange(site.direct, { method: 'POST', body: 'x'.repeat(1000) }), 'POST')
      assert.deepEqual([posted.status, posted.text], [200, 'POST / 1000'])
      assert.equal(origin.requests.length, asked + 3, 'the origin is asked once for each')
    }
  })
}

// A page view enters five times: poll, KV's answer, poll, the page, poll.
for (const nth of [1, 2, 3, 4, 5, 6, 7, 11]) {
  test(`a module that truly traps at entry ${nth} of its futures into it keeps no page back, and comes back`, async (t) => {
    const site = await patched(t, (module) => trapAtEntry(module, closures(module, 3), nth))
    const pages = []
    for (let time = 0; time < 3 * TIMES; time++) pages.push(await get(site, await signedUp(site)))
    for (const { status, text } of pages) assert.deepEqual([status, text], [200, 'GET / 0'])
    const personalised = pages.filter(isPersonalised).length
    assert.ok(personalised < pages.length, 'it did trap')
    if (nth > 5) assert.ok(personalised >= pages.length / 2 - 1, `${personalised} of ${pages.length} are personalised`)
    // Many at once, in whatever order their futures run.
    const headers = await Promise.all(Array.from({ length: 20 }, () => signedUp(site)))
    for (const { status, text } of await Promise.all(headers.map((one) => get(site, one)))) {
      assert.deepEqual([status, text], [200, 'GET / 0'])
    }
  })
}

test('a module that truly traps in the timer of its budget keeps no page back', async (t) => {
  const silent = await startServer(() => {})
  t.after(() => silent.dispose())
  const api = { ACTIVATION_API_URL: silent.url, ACTIVATION_TOKEN: 't', ACTIVATION_DESTINATION_ID: 'd' }
  const bindings = { ...api, PROFILE_SOURCES: 'activation-api' }
  const site = await patched(t, (module) => trapAtEntry(module, closures(module, 2), 1), bindings)
  for (let time = 0; time < TIMES; time++) assertPlain(await get(site, view(randomUUID())))
  assert.equal(silent.requests.length, TIMES, 'each was looked up, by a module that works')
})

// Settings that are wrong.

const SECRET = 'c2VjcmV0IHRoYXQgbm9ib2R5IG1heSBzZWU'
for (const [what, { at, ...options }] of Object.entries({
  'TICKET_KEYS malformed': { at: 'TICKET_KEYS', bindings: { TICKET_KEYS: `${SECRET}!` } },
  'TICKET_KEYS too short': { at: 'TICKET_KEYS', bindings: { TICKET_KEYS: SECRET } },
  'a budget that is no number': { at: 'LOOKUP_BUDGET_MS', bindings: { LOOKUP_BUDGET_MS: 'fast' } },
  'a source that nobody knows': { at: 'PROFILE_SOURCES', bindings: { PROFILE_SOURCES: 'kv, carrier-pigeon' } },
  'a personalization that is not JSON': { at: '$', bindings: { PERSONALIZATION: '{"features":' } },
  'a personalization without sense': {
    at: '$.deliver[0].feature',
    bindings: {
      PERSONALIZATION: '{"view":"v","features":{},"deliver":[{"feature":"x","cookie":{"name":"c","maxAge":"1d"}}]}',
    },
  },
  'no PROFILES': { at: 'PROFILES', profiles: false },
  'an API without a token': {
    at: 'ACTIVATION_TOKEN',
    bindings: { PROFILE_SOURCES: 'activation-api', ACTIVATION_DESTINATION_ID: 'd' },
  },
})) {
  test(`with ${what} the site is served untouched, and its health and log say so`, async (t) => {
    const site = await starts(t, options)
    for (let time = 0; time < TIMES; time++) {
      const id = randomUUID()
      if (site.profiles) await site.profiles.put(`user:anonymous_id:${id}`, PROFILE)
      const page = await get(site, view(id))
      assertPlain(page)
      assert.equal(page.one('cache-control'), undefined)
      assertPlain(await get(site, {}, '/other'), 'GET /other 0')
    }
    const health = await get(site, {}, '/_pintle/health')
    assert.equal(health.status, 503)
    assert.equal(health.one('content-type'), 'application/json')
    assert.equal(health.one('cache-control'), 'no-store')
    const { status, mistakes } = JSON.parse(health.text)
    assert.equal(status, 'unpersonalised')
    const mistake = mistakes.find((mistake) => mistake.at === at)
    assert.ok(mistake?.what, health.text)
    await eventually('the log tells it', () => site.log().includes(mistake.what))
    assert.equal(site.log().split(mistake.what).length, 2, 'the log tells it once')
    for (const told of [health.text, site.log()]) assert.ok(!told.includes(SECRET))
  })
}

test('all mistakes are told at once', async (t) => {
  const site = await starts(t, {
    profiles: false,
    bindings: { TICKET_KEYS: 'x', LOOKUP_BUDGET_MS: 'fast', EXPLAIN: 'yes' },
  })
  const { mistakes } = JSON.parse((await get(site, {}, '/_pintle/health')).text)
  assert.deepEqual(mistakes.map(({ at }) => at).sort(), ['EXPLAIN', 'LOOKUP_BUDGET_MS', 'PROFILES', 'TICKET_KEYS'])
})

test('an ORIGIN_URL that is none leaves the site to its static assets', async (t) => {
  for (const wrong of [
    'site.example',
    'ftp://site.example',
    'https://user:password@site.example',
    'http:///',
    'https://x.example/?q',
  ]) {
    const site = await startSite({ bindings: { ORIGIN_URL: wrong, TICKET_KEYS: KEY } })
    t.after(() => site.dispose())
    const page = await get(site, await signedUp(site))
    assert.equal(page.status, 200, wrong)
    assert.match(page.text, /^<!doctype html>/)
    assert.deepEqual(page.all('set-cookie'), [])
    const health = await get(site, {}, '/_pintle/health')
    assert.deepEqual(
      JSON.parse(health.text).mistakes.map(({ at }) => at),
      ['ORIGIN_URL'],
    )
    assert.doesNotMatch(health.text, /password/)
  }
})

test('the health of a site that is well says what is running', async (t) => {
  const site = await starts(t)
  const health = await get(site, {}, '/_pintle/health')
  assert.equal(health.status, 200)
  const { status, version, personalization, mistakes } = JSON.parse(health.text)
  assert.equal(status, 'ok')
  assert.match(version, /^\d+\.\d+\.\d+/)
  const shipped = await readFile(path.join(root, 'personalization.json'))
  assert.equal(personalization.version, createHash('sha256').update(shipped).digest('hex').slice(0, 8))
  assert.deepEqual(personalization.features, ['signed_up'])
  assert.deepEqual(personalization.sources, ['kv'])
  assert.equal(personalization.tickets, true)
  assert.equal(mistakes, undefined)
  assert.ok(!health.text.includes(KEY))
  assert.equal(site.log(), '')
})

// Input that means harm.

const v3 = (text) => `RS_ENC_v3_${Buffer.from(text).toString('base64')}`
const nested = (layers) => Array.from({ length: layers }).reduce((inner) => v3(JSON.stringify(inner)), 'nobody')
const hostile = {
  'an empty value': '',
  'bad percent-encoding': '%E0%A4%A',
  'bare text': 'somebody',
  'a prefix alone': 'RS_ENC_v3_',
  'base64 that is none': 'RS_ENC_v3_%%%=',
  'base64 of bytes that are no text': `RS_ENC_v3_${Buffer.from([0xff, 0xfe, 0]).toString('base64')}`,
  'JSON that is no id': v3('{"a":[1,{"b":null}]}'),
  'JSON that is cut off': v3('"abc'),
  'JSON of great depth': v3('['.repeat(3000)),
  'an empty id': v3('""'),
  'an id of control characters': v3(JSON.stringify('a\r\nset-cookie: x=y\0')),
  'an id of 300 bytes': v3(JSON.stringify('x'.repeat(300))),
  'a number of many digits': v3('1e999999999'),
  'lone surrogates': v3('"\\ud800"'),
  'a legacy prefix alone': 'RudderEncrypt:',
  'a legacy text without salt': `RudderEncrypt:${Buffer.from('hello').toString('base64')}`,
  'a legacy text whose cipher is cut off': `RudderEncrypt:${Buffer.from('Salted__12345678abc').toString('base64')}`,
  'a legacy text of noise': `RudderEncrypt:${Buffer.from(`Salted__12345678${'n'.repeat(64)}`).toString('base64')}`,
  'nine layers': nested(9),
  'thirty layers': nested(12),
  'a value of 60 KB': v3(JSON.stringify('x'.repeat(45_000))),
}

test('no cookie can break a page, or fill the log', async (t) => {
  const site = await starts(t, { assets: true, bindings: { ORIGIN_URL: '' } })
  const reference = await get(site, {})
  for (const [what, value] of Object.entries(hostile)) {
    for (const written of [value, encodeURIComponent(value)]) {
      const page = await get(site, { accept: 'text/html', cookie: `theme=dark; rl_anonymous_id=${written}; b=c` })
      assert.equal(page.status, 200, what)
      assert.deepEqual(page.bytes, reference.bytes, what)
      assert.deepEqual(page.all('set-cookie'), [], what)
    }
  }
  assert.equal(site.log(), '')
})

test('strange and huge Cookie headers neither break a page nor hide its visitor', async (t) => {
  const site = await starts(t, { assets: true, bindings: { ORIGIN_URL: '' } })
  for (const strange of [
    ';;;;',
    '=',
    '=;=;=',
    'a',
    '"',
    'a="b;c',
    'pintle_ticket',
    'pintle_ticket=',
    `${COOKIE}`,
    `${COOKIE}==;`,
    'Gr\u00f6\u00dfe=\u00ff',
    '\t a = b ;\t',
    ','.repeat(1000),
    'a=b; '.repeat(2000),
    `x=${'y'.repeat(50_000)}`,
    `pintle_ticket=${'A'.repeat(50_000)}`,
  ]) {
    const { accept, cookie } = await signedUp(site)
    const page = await get(site, { accept, cookie: `${strange}; ${cookie}` })
    assert.equal(page.status, 200, strange.slice(0, 40))
    assert.ok(isPersonalised(page), strange.slice(0, 40))
  }
  assert.equal(site.log(), '')
})

test('other headers can be strange too', async (t) => {
  const site = await starts(t)
  for (const strange of [
    { accept: '\u00ff'.repeat(100) },
    { 'sec-fetch-dest': 'document\u00ff' },
    { 'user-agent': '\u00e9'.repeat(5000) },
    { 'sec-purpose': '' },
    { 'cf-ipcountry': '\u00ff' },
    { 'sec-gpc': '\u00ff' },
    { host: 'a'.repeat(300) },
  ]) {
    const page = await get(site, { ...(await signedUp(site)), ...strange })
    assert.deepEqual([page.status, page.text], [200, 'GET / 0'], Object.keys(strange)[0])
  }
  assert.equal(site.log(), '')
})

test('a ticket that was changed in any place is no ticket: its visitor is looked up', async (t) => {
  const site = await starts(t)
  const id = randomUUID()
  const first = await get(site, await signedUp(site, id))
  const ticket = first
    .all('set-cookie')
    .find((cookie) => cookie.startsWith('pintle_ticket='))
    .split(/[=;]/)[1]
  const genuine = await get(site, view(id, { pintle_ticket: ticket, [COOKIE]: 'true' }))
  assertPlain(genuine)
  const bytes = Buffer.from(ticket, 'base64url')
  const forged = [
    ticket.slice(0, -1),
    `${ticket}A`,
    ticket.slice(5),
    ticket.toUpperCase(),
    '',
    'A',
    `${ticket}%00`,
    ticket.repeat(9),
  ]
  for (let at = 0; at < bytes.length; at++) {
    const other = Buffer.from(bytes)
    other[at] ^= 1 << (at % 8)
    forged.push(other.toString('base64url'))
  }
  for (const pintle_ticket of forged) {
    const page = await get(site, view(id, { pintle_ticket }))
    assertPersonalised(page)
    assert.ok(
      page.all('set-cookie').some((cookie) => /^pintle_ticket=[\w-]{40,}/.test(cookie)),
      'and gets a ticket of their own',
    )
  }
  assert.equal(site.log(), '')
})

test('somebody else’s ticket gives nobody their profile', async (t) => {
  const site = await starts(t)
  const first = await get(site, await signedUp(site))
  const ticket = first
    .all('set-cookie')
    .find((cookie) => cookie.startsWith('pintle_ticket='))
    .split(/[=;]/)[1]
  const page = await get(site, view(randomUUID(), { pintle_ticket: ticket }))
  assert.equal(page.status, 200)
  assert.ok(page.all('set-cookie').some((cookie) => cookie.startsWith(`${COOKIE}=false;`)))
})
