// Tickets: a second page that asks nobody. They are opened and sealed here by an independent
// implementation of the format that src/identity/ticket.rs documents.

import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import { openTicket, sealTicket } from '../ticket.mjs'
import { profileKey, startActivationApi, startOrigin } from './activation_api.mjs'
import { Browser, eventually, newId, send, visitor } from './browser.mjs'
import { KEY, startSite } from './site.mjs'

const COOKIE = 'rs_activation_signed_up'
const TICKET = 'pintle_ticket'
const NEW_KEY = 'f'.repeat(64)
const MINUTE = 60

let api, origin, site, rotated, bare, fingerprint

before(async () => {
  api = await startActivationApi()
  origin = await startOrigin()
  const bindings = { ...api.bindings, ORIGIN_URL: origin.url }
  site = await startSite({ bindings: { ...bindings, TICKET_KEYS: KEY } })
  rotated = await startSite({ bindings: { ...bindings, TICKET_KEYS: `${NEW_KEY},${KEY}` } })
  bare = await startSite({ bindings })
  const { browser } = await newcomer()
  await browser.view()
  fingerprint = open(browser.cookies[TICKET]).s
})
after(() => Promise.all([api, origin, site, rotated, bare].map((running) => running?.dispose())))
beforeEach(() => {
  api.recover()
  api.asked.length = 0
})

const nowS = () => Math.floor(Date.now() / 1000)

/** Seals a ticket as the Worker does. The second argument says what is unusual about the seal. */
const seal = (ticket, { key = KEY, ...unusual } = {}) => sealTicket({ s: fingerprint, ...ticket }, key, unusual)

/** Opens a ticket that the Worker sealed. */
const open = (text, key = KEY) => openTicket(text, key)

/** A visitor with a profile, who has not been here: their id and browser. */
async function newcomer({ on = site, signedUp = 1, cookies = {} } = {}) {
  const id = newId()
  await api.knows(id, { USER_APP_SIGN_UP: signedUp, EMAIL: 'somebody@shop.example' })
  return { id, browser: new Browser(on, { ...visitor(id), ...cookies }) }
}

/** A visitor who has a ticket and the right cookie already. */
async function regular(options) {
  const { id, browser } = await newcomer(options)
  const page = await browser.view()
  assert.equal(page.set[COOKIE]?.value, String(options?.signedUp !== null))
  assert.ok(page.set[TICKET], 'no ticket was sealed')
  api.asked.length = 0
  return { id, browser }
}

/** A visitor with a ticket that was sealed by this test when they were not signed up; now they are. */
async function withTicket(ticket, sealed) {
  const { id, browser } = await newcomer()
  const sealedTicket = seal({ i: id, t: nowS(), a: { USER_APP_SIGN_UP: null }, ...ticket }, sealed)
  Object.assign(browser.cookies, { [COOKIE]: 'false', [TICKET]: sealedTicket })
  return { id, browser }
}

/** The page came as it is served to those who are not visitors at all. */
async function assertUntouched(page) {
  const direct = await send(origin.url)
  const lasting = ({ rawHeaders }) => {
    const pairs = rawHeaders.flatMap((name, at) => (at % 2 ? [] : [`${name.toLowerCase()}: ${rawHeaders[at + 1]}`]))
    return pairs.filter((pair) => !/^(date|connection|keep-alive|transfer-encoding|content-length):/.test(pair)).sort()
  }
  assert.deepEqual(lasting(page), lasting(direct))
  assert.equal(page.status, direct.status)
  assert.equal(page.body, direct.body)
}

test('the first page gives a ticket that scripts cannot read and that lasts half an hour', async () => {
  const { browser } = await newcomer()
  const { set } = await browser.view()
  assert.deepEqual(set[TICKET].attributes, ['HttpOnly', 'Max-Age=1800', 'Path=/', 'SameSite=Lax', 'Secure'])
})

test('a ticket holds the id, the time and the attributes that decide, and nothing else of the profile', async () => {
  const { id, browser } = await newcomer()
  await browser.view()
  const { i, t, s, a, c, ...others } = open(browser.cookies[TICKET])
  assert.equal(i, id)
  assert.ok(Math.abs(t - nowS()) < MINUTE)
  assert.equal(s, fingerprint)
  assert.deepEqual(a, { USER_APP_SIGN_UP: 1 })
  assert.deepEqual(Object.keys(c), [COOKIE])
  assert.deepEqual(others, {})
})

test('with a ticket and the right cookie the next pages ask nobody and leave as they came', async () => {
  const { browser } = await regular()
  for (let page = 2; page <= 10; page += 1) await assertUntouched(await browser.view())
  assert.equal(api.asked.length, 0)
})

test('a ticket remembers that nobody knows the visitor', async () => {
  const browser = new Browser(site, visitor(newId()))
  const first = await browser.view()
  assert.equal(first.set[COOKIE].value, 'false')
  assert.equal(open(browser.cookies[TICKET]).a, null)
  const elsewhere = new Browser(rotated, browser.cookies)
  await assertUntouched(await elsewhere.view())
  assert.equal(api.asked.length, 1)
})

test('a decision cookie that was deleted or changed is restored from the ticket', async () => {
  const { browser } = await regular()
  for (const tampered of [undefined, 'false', 'TRUE']) {
    if (tampered === undefined) delete browser.cookies[COOKIE]
    else browser.cookies[COOKIE] = tampered
    const page = await browser.view()
    assert.equal(page.set[COOKIE].value, 'true')
    assert.equal(page.headers['cache-control'], 'private, max-age=600')
  }
  await assertUntouched(await browser.view())
  assert.equal(api.asked.length, 0)
})

test('a failed lookup gives no ticket', async () => {
  const { id, browser } = await newcomer()
  await api.profiles.put(profileKey(id), 'not JSON')
  await assertUntouched(await browser.view())
  assert.equal(api.asked.length, 1)
})

test('the ticket of another visitor is not used', async () => {
  const { browser: other } = await regular()
  const { id, browser } = await newcomer({ signedUp: null })
  browser.cookies[TICKET] = other.cookies[TICKET]
  const page = await browser.view()
  assert.equal(page.set[COOKIE].value, 'false')
  assert.equal(api.asked.length, 1)
  assert.equal(open(browser.cookies[TICKET]).i, id)
})

test('a ticket that was changed anywhere is not used', async () => {
  const { browser } = await regular()
  const ticket = browser.cookies[TICKET]
  const bytes = Buffer.from(ticket, 'base64url')
  const places = { version: 0, 'key id': 2, nonce: 9, ciphertext: 20, tag: bytes.length - 1 }
  const changed = Object.values(places).map((place) => {
    const copy = Buffer.from(bytes)
    copy[place] ^= 1
    return copy.toString('base64url')
  })
  const broken = [ticket.slice(0, -1), `${ticket}A`, `${ticket}=`, ticket.slice(0, 8), '', '%', 'A'.repeat(3000)]
  for (const wrong of [...changed, ...broken]) {
    api.asked.length = 0
    browser.cookies[TICKET] = wrong
    const page = await browser.view()
    assert.equal(api.asked.length, 1, `the changed ticket "${wrong}" is used`)
    assert.ok(page.set[TICKET])
    assert.equal(page.status, 200)
  }
})

test('a ticket sealed by an independent implementation of the format is used', async () => {
  const { browser } = await withTicket({})
  await assertUntouched(await browser.view())
  assert.equal(api.asked.length, 0)
})

for (const [what, [ticket, sealed]] of Object.entries({
  'of a key that is not in the ring': [{}, { key: NEW_KEY }],
  'sealed for another cookie': [{}, { cookie: 'session' }],
  'of another version of the format': [{}, { version: 2 }],
  'sealed under other settings': [{ s: 7 }],
  'of another visitor, put into this one’s name': [{ i: newId() }],
  'older than half an hour': [{ t: nowS() - 31 * MINUTE }],
  'from the future': [{ t: nowS() + 10 * MINUTE }],
  'whose plaintext is not what it should be': [{ a: 'everything' }],
})) {
  test(`a ticket ${what} is not used`, async () => {
    const { browser } = await withTicket(ticket, sealed)
    const page = await browser.view()
    assert.equal(api.asked.length, 1)
    assert.equal(page.set[COOKIE].value, 'true')
    assert.deepEqual(open(browser.cookies[TICKET]).a, { USER_APP_SIGN_UP: 1 })
  })
}

test('after a rotation the old key opens and the new key seals', async () => {
  const { browser } = await regular()
  browser.site = rotated
  await assertUntouched(await browser.view())
  delete browser.cookies[COOKIE]
  await browser.view()
  assert.deepEqual(open(browser.cookies[TICKET], NEW_KEY).a, { USER_APP_SIGN_UP: 1 })
  await assertUntouched(await browser.view())
  assert.equal(api.asked.length, 0)
})

test('a Worker that does not have the new key yet looks its tickets up', async () => {
  const { browser } = await regular({ on: rotated })
  browser.site = site
  const page = await browser.view()
  assert.equal(api.asked.length, 1)
  open(page.set[TICKET].value, KEY)
})

for (const age of [61, 10 * MINUTE, 29 * MINUTE]) {
  test(`a ticket ${age} seconds old answers at once, and the profile is asked for after the response`, async () => {
    const { browser } = await withTicket({ t: nowS() - age })
    const release = api.hold()
    await assertUntouched(await browser.view())
    await eventually('the profile was asked for', () => api.asked.length === 1)
    release()
    const page = await eventually('the new value was served', async () => {
      const page = await browser.view()
      return page.set[COOKIE] && page
    })
    assert.equal(page.set[COOKIE].value, 'true')
    assert.ok(open(browser.cookies[TICKET]).t > nowS() - MINUTE)
    await assertUntouched(await browser.view())
  })
}

test('a stale ticket whose refresh finds nothing new is renewed by the next page', async () => {
  const { id, browser } = await withTicket({ t: nowS() - 5 * MINUTE })
  await api.knows(id, { USER_APP_SIGN_UP: 0 })
  await assertUntouched(await browser.view())
  const page = await eventually('the ticket was renewed', async () => {
    const page = await browser.view()
    return page.set[TICKET] && page
  })
  assert.equal(page.set[COOKIE], undefined)
})

test('a stale ticket goes on answering while its refresh fails', async () => {
  const { id, browser } = await withTicket({ t: nowS() - 5 * MINUTE })
  await api.profiles.put(profileKey(id), 'not JSON')
  for (const asked of [1, 2]) {
    await assertUntouched(await browser.view())
    await eventually('the refresh was tried', () => api.asked.length === asked)
  }
  delete browser.cookies[COOKIE]
  assert.equal((await browser.view()).set[COOKIE].value, 'false')
})

test('refreshes that nobody answers count against the source', async (t) => {
  const own = await startSite({ bindings: { ...api.bindings, ORIGIN_URL: origin.url, TICKET_KEYS: KEY } })
  t.after(own.dispose)
  api.answer = () => {}
  const over = api.done
  for (let page = 1; page <= 5; page += 1) {
    const { browser } = await withTicket({ t: nowS() - 5 * MINUTE })
    browser.site = own
    await assertUntouched(await browser.view())
  }
  await eventually('the refreshes were given up', () => api.done === over + 5)
  api.recover()
  const { browser } = await newcomer({ on: own })
  await assertUntouched(await browser.view())
  assert.equal(api.asked.length, 5, 'the source is still asked')
})

for (const headers of [{ 'sec-purpose': 'prefetch' }, { 'user-agent': 'Googlebot/2.1' }]) {
  test(`a stale ticket is not refreshed for ${Object.keys(headers)}: ${Object.values(headers)}`, async () => {
    const { browser } = await withTicket({ t: nowS() - 5 * MINUTE })
    await assertUntouched(await browser.view('/', { headers }))
    const { browser: other } = await newcomer()
    await other.view()
    assert.equal(api.asked.length, 1, 'only the other visitor is looked up')
  })
}

test('Global Privacy Control is obeyed whatever ticket there is, and takes our cookies away, once', async () => {
  const { browser } = await regular({ cookies: { theme: 'dark' } })
  const privately = () => browser.view('/', { headers: { 'sec-gpc': '1' } })
  const page = await privately()
  assert.deepEqual(Object.keys(page.set), [COOKIE, TICKET])
  for (const { value, attributes } of Object.values(page.set)) {
    assert.equal(value, '')
    assert.ok(attributes.includes('Max-Age=0') && attributes.includes('Path=/'), attributes)
  }
  assert.equal(page.headers['cache-control'], 'private, max-age=600')
  assert.equal(page.body, (await send(origin.url)).body)
  assert.deepEqual(Object.keys(browser.cookies), ['rl_anonymous_id', 'theme'])
  await assertUntouched(await privately())
  assert.equal(api.asked.length, 0)
})

// What a ticket does not outlive.

const answers = (data) => (api.answer = ({ response }) => response.end(JSON.stringify({ data })))

for (const [name, value] of [
  ['ACTIVATION_DESTINATION_ID', 'another'],
  ['ACTIVATION_API_URL', () => api.url.replace('/v1/', '/v2/')],
  ['PROFILE_SOURCES', 'kv,activation-api'],
]) {
  test(`a ticket dies with a change of ${name}, and only with one`, async (t) => {
    const bindings = { ...api.bindings, ORIGIN_URL: origin.url, TICKET_KEYS: KEY }
    const changed = { ...bindings, [name]: typeof value === 'function' ? value() : value }
    const [same, other] = await Promise.all([bindings, changed].map((bindings) => startSite({ bindings })))
    for (const site of [same, other]) t.after(site.dispose)
    const { browser } = await regular()
    // Whatever is asked of it and in which way.
    answers({})
    await assertUntouched(await new Browser(same, browser.cookies).view())
    assert.equal(api.asked.length, 0)
    const page = await new Browser(other, browser.cookies).view()
    assert.equal(api.asked.length, 1)
    assert.equal(page.set[COOKIE].value, 'false')
    assert.equal(open(page.set[TICKET].value).a, null)
  })
}

test('with another visitor’s ticket and no source that answers the page is the default, and the ticket goes', async () => {
  const { browser: other } = await regular()
  const browser = new Browser(site, { ...other.cookies, ...visitor(newId()) })
  assert.equal(browser.cookies[COOKIE], 'true')
  api.answer = ({ response }) => response.writeHead(500).end()
  const page = await browser.view()
  assert.equal(page.set[COOKIE].value, 'false')
  assert.ok(page.set[TICKET].attributes.includes('Max-Age=0'), page.set[TICKET].attributes)
  assert.deepEqual(Object.keys(browser.cookies).sort(), ['rl_anonymous_id', COOKIE].sort())
  await assertUntouched(await browser.view())
  assert.equal(api.asked.length, 2)
})

test('without keys every page looks its visitor up, gives no ticket, and the log says so once', async () => {
  const { browser } = await newcomer({ on: bare })
  const first = await browser.view()
  assert.equal(first.set[COOKIE].value, 'true')
  assert.equal(first.set[TICKET], undefined)
  await assertUntouched(await browser.view())
  await assertUntouched(await browser.view())
  assert.equal(api.asked.length, 3)
  await eventually('the log said so', () => bare.log().includes('TICKET_KEYS is not set'))
  assert.equal(bare.log().split('TICKET_KEYS').length - 1, 1)
  assert.ok(!site.log().includes('TICKET_KEYS'))
})
