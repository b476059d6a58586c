// Fail open: whatever is wrong with Pintle's settings or its input, the page is served. (What traps: trapping.test.mjs.)

import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { Browser, eventually, newId, visitor } from './browser.mjs'
import {
  assertPersonalised,
  assertPlain,
  COOKIE,
  get,
  isPersonalised,
  PROFILE,
  signedUp,
  startsBefore,
  startTellingOrigin,
  view,
} from './plain.mjs'
import { KEY, startSite } from './site.mjs'

const TIMES = 4

let origin

before(async () => {
  origin = await startTellingOrigin()
})
after(() => origin?.dispose())

const starts = (t, options) => startsBefore(origin, t, options)

// Settings that are wrong.

const SECRET = 'c2VjcmV0IHRoYXQgbm9ib2R5IG1heSBzZWU'
for (const [what, { at, ...options }] of Object.entries({
  'TICKET_KEYS malformed': { at: 'TICKET_KEYS', bindings: { TICKET_KEYS: `${SECRET}!` } },
  'TICKET_KEYS too short': { at: 'TICKET_KEYS', bindings: { TICKET_KEYS: SECRET } },
  'a budget that is no number': { at: 'LOOKUP_BUDGET_MS', bindings: { LOOKUP_BUDGET_MS: 'fast' } },
  'a source that nobody knows': { at: 'PROFILE_SOURCES', bindings: { PROFILE_SOURCES: 'kv, carrier-pigeon' } },
  'a personalization that is not JSON': { at: '$', bindings: { PERSONALIZATION: '{"features":' } },
  'a personalization without sense': {
    at: '$.feature',
    bindings: {
      PERSONALIZATION: '{"view":"v","feature":{},"deliver":[{"feature":"x","cookie":{"name":"c","maxAge":"1d"}}]}',
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

test('a feature with a mistake is left as it is, the others decide, and its health and log say so', async (t) => {
  const delivered = (feature) => ({ feature, cookie: { name: feature, maxAge: '1d' } })
  const personalization = {
    view: 'v',
    features: {
      hero: { defaultValue: 'plain', rules: [{ forse: 'offer' }] },
      asking: { rules: [{ parentConditions: [{ id: 'hero', condition: { value: 'offer' } }], force: 1 }] },
      right: { defaultValue: 'right' },
    },
    deliver: [delivered('hero'), delivered('asking'), delivered('right')],
  }
  const site = await starts(t, { bindings: { PERSONALIZATION: JSON.stringify(personalization) } })
  const browser = new Browser(site, { ...visitor(newId()), hero: 'before' })
  const { set } = await browser.view()
  assert.deepEqual(Object.keys(set).sort(), ['pintle_ticket', 'right'])
  const health = await get(site, {}, '/_pintle/health')
  assert.equal(health.status, 503)
  const { status, mistakes, personalization: running } = JSON.parse(health.text)
  assert.deepEqual([status, running.leftAlone, running.features], ['degraded', ['hero', 'asking'], ['right']])
  assert.deepEqual(
    mistakes.map(({ at }) => at),
    ['$.features.hero.rules[0]', '$.features.hero.rules[0].forse'],
  )
  await eventually('the log tells it', () => site.log().includes(mistakes[0].what))
  for (const { at, what } of mistakes) assert.equal(site.log().split(`${at}: ${what}`).length, 2, 'it is told once')
})

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

test('variables that are misspelt are told by the health and, once, by the log, and are no mistakes', async (t) => {
  const bindings = { TICKET_KEY: KEY, LOOKUP_BUDGET: '5', PROFILES_SOURCES: 'kv', THEIR_OWN: 'x' }
  const site = await starts(t, { bindings })
  const told = [
    'TICKET_KEY has no meaning here; TICKET_KEYS has',
    'LOOKUP_BUDGET has no meaning here; LOOKUP_BUDGET_MS has',
    'PROFILES_SOURCES has no meaning here; PROFILE_SOURCES has',
  ]
  for (let time = 0; time < TIMES; time++) {
    assertPersonalised(await get(site, await signedUp(site)))
    const health = await get(site, {}, '/_pintle/health')
    const { status, warnings } = JSON.parse(health.text)
    assert.deepEqual([health.status, status, warnings.toSorted()], [200, 'ok', told.toSorted()])
  }
  await eventually('the log tells them', () =>
    told.every((line) => site.log().includes(`pintle: the variable ${line}`)),
  )
  for (const line of told) assert.equal(site.log().split(line).length, 2, 'once')
  for (const secret of [KEY, 'THEIR_OWN']) assert.ok(!site.log().includes(secret))
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
  assert.deepEqual(mistakes, [])
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
