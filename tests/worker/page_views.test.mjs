// Who is looked up, and which cookie they get: real page views against a site whose lookups are counted.

import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import { PAGE, profileKey, startActivationApi, startOrigin, store } from './activation_api.mjs'
import { Browser, legacyText, newId, visitor, written } from './browser.mjs'
import { startSite } from './site.mjs'

const COOKIE = 'rs_activation_signed_up'

let api, origin, site, consenting

before(async () => {
  api = await startActivationApi()
  origin = await startOrigin()
  const bindings = { ...api.bindings, ORIGIN_URL: origin.url }
  site = await startSite({ bindings })
  consenting = await startSite({ bindings: { ...bindings, PERSONALIZATION: withConsent } })
})
after(() => Promise.all([api, origin, site, consenting].map((running) => running?.dispose())))
beforeEach(() => (api.asked.length = 0))

/** The shipped decision, for visitors who may say no in the cookie `consent`. */
const withConsent = JSON.stringify({
  view: 'WEB_PERSONALIZATION:FEATURES_BY_ANON',
  features: {
    signed_up: {
      defaultValue: false,
      rules: [{ condition: { USER_APP_SIGN_UP: { $in: [1, '1', true] } }, force: true }],
    },
  },
  deliver: [{ feature: 'signed_up', cookie: { name: COOKIE, maxAge: '1d' } }],
  consent: { cookie: 'consent', denied: ['no', 'denied'] },
})

/** A visitor who is signed up, and so would get `true` if they were looked up. */
async function signedUp() {
  const id = newId()
  await api.knows(id, { USER_APP_SIGN_UP: 1 })
  return id
}

/** Views a page of `site` as a visitor who is signed up. */
async function viewed({ on = site, cookies = {}, ...request } = {}) {
  return new Browser(on, { ...visitor(await signedUp()), ...cookies }).view('/', request)
}

function assertNotLookedUp(page) {
  assert.equal(api.asked.length, 0, 'somebody was looked up')
  assert.equal(page.headers['set-cookie'], undefined)
  assert.equal(page.status, 200)
  assert.equal(page.headers['cache-control'], 'public, max-age=600')
}

function assertLookedUp(page) {
  assert.equal(api.asked.length, 1)
  assert.equal(page.set[COOKIE]?.value, 'true')
  assert.equal(page.body, PAGE)
}

for (const value of [1, '1', true]) {
  test(`a visitor whose profile says ${JSON.stringify(value)} is signed up`, async () => {
    const id = newId()
    await api.knows(id, { USER_APP_SIGN_UP: value, EMAIL: 'somebody@shop.example' })
    const page = await new Browser(site, visitor(id)).view()
    assert.equal(page.set[COOKIE].value, 'true')
    assert.equal(page.status, 200)
    assert.equal(page.body, PAGE)
    assert.ok(!page.rawHeaders.join().includes('somebody'), 'the profile leaves the edge')
  })
}

for (const features of [{ USER_APP_SIGN_UP: null }, { USER_APP_SIGN_UP: 0 }, { USER_APP_SIGN_UP: '0' }, {}]) {
  test(`a visitor whose profile says ${JSON.stringify(features)} is not signed up`, async () => {
    const id = newId()
    await api.knows(id, features)
    const page = await new Browser(site, visitor(id)).view()
    assert.equal(page.set[COOKIE].value, 'false')
  })
}

test('a visitor whom nobody knows is not signed up', async () => {
  const page = await new Browser(site, visitor(newId())).view()
  assert.equal(page.set[COOKIE].value, 'false')
  assert.equal(page.body, PAGE)
})

for (const [how, encoded] of Object.entries({
  'the v3 SDK': written.v3,
  'the legacy SDK': written.legacy,
  'a server, as plain JSON': written.plain,
  'a legacy SDK over a v3 SDK': (id) => written.legacy(written.v3(id)),
  'a legacy SDK over a v3 text': (id) => legacyText(written.v3(id)),
  'a v3 SDK over a legacy SDK': (id) => written.v3(written.legacy(id)),
  'three SDKs in turn': (id) => written.v3(written.legacy(written.v3(id))),
})) {
  test(`the visitor is known by a cookie written by ${how}`, async () => {
    const id = await signedUp()
    assertLookedUp(await new Browser(site, { rl_anonymous_id: encodeURIComponent(encoded(id)) }).view())
    assert.equal(JSON.parse(api.asked[0].body).id.value, id)
  })
}

test('a visitor is known by a cookie that a server wrote without URI encoding, among broken ones of strangers', async () => {
  const headers = { cookie: `a; =b; theme="dark; x=%; rl_anonymous_id=${written.v3(await signedUp())}; é=1` }
  assertLookedUp(await new Browser(site).view('/', { headers }))
})

for (const [what, cookies] of Object.entries({
  'no cookies': {},
  'only other cookies': { theme: 'dark', rl_user_id: encodeURIComponent(written.v3('somebody')) },
  'an empty id': { rl_anonymous_id: encodeURIComponent(written.v3('')) },
  'an id that is bare text': { rl_anonymous_id: newId() },
  'an id that is an object': { rl_anonymous_id: encodeURIComponent(written.v3({ id: newId() })) },
  'an id that cannot be read': { rl_anonymous_id: 'RudderEncrypt%3Aabcd' },
})) {
  test(`a browser with ${what} is nobody's, and gets the page as it is`, async () => {
    const page = await new Browser(site, cookies).view()
    assertNotLookedUp(page)
    assert.equal(page.body, PAGE)
  })
}

for (const [what, headers] of Object.entries({
  image: { 'sec-fetch-dest': 'image', accept: 'image/avif,*/*' },
  script: { 'sec-fetch-dest': 'script', accept: '*/*' },
  'fetch by a script': { 'sec-fetch-dest': 'empty', accept: '*/*' },
  'fetch that accepts HTML': { 'sec-fetch-dest': 'empty' },
  frame: { 'sec-fetch-dest': 'iframe' },
  'request of an old browser that accepts no HTML': { 'sec-fetch-dest': undefined, accept: 'image/png' },
  'request that accepts nothing in particular': { 'sec-fetch-dest': undefined, accept: undefined },
})) {
  test(`nobody is looked up for a ${what}`, async () => {
    const page = await viewed({ headers })
    assertNotLookedUp(page)
    assert.equal(page.body, PAGE)
  })
}

for (const agent of [
  'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)',
]) {
  test(`nobody is looked up for the bot ${agent.match(/\w*(bot|hit|Robot)\b/)[0]}`, async () => {
    assertNotLookedUp(await viewed({ headers: { 'user-agent': agent } }))
  })
}

for (const [name, value] of [
  ['Sec-Purpose', 'prefetch'],
  ['Sec-Purpose', 'prefetch;prerender'],
  ['Purpose', 'prefetch'],
  ['X-Moz', 'prefetch'],
]) {
  test(`nobody is looked up for a page fetched ahead with ${name}: ${value}`, async () => {
    assertNotLookedUp(await viewed({ headers: { [name]: value } }))
  })
}

for (const method of ['HEAD', 'POST', 'PUT', 'OPTIONS']) {
  test(`nobody is looked up for a ${method} request`, async () => {
    const page = await viewed({ method })
    assertNotLookedUp(page)
    assert.equal(page.body, method === 'HEAD' ? '' : PAGE)
    assert.equal(origin.requests.at(-1).method, method)
  })
}

test('a navigation of a browser without fetch metadata is a page view', async () => {
  assertLookedUp(await viewed({ headers: { 'sec-fetch-dest': undefined, 'sec-fetch-mode': undefined } }))
})

test('a visitor whose browser sends Global Privacy Control is not looked up', async () => {
  assertNotLookedUp(await viewed({ headers: { 'Sec-GPC': '1' } }))
})

test('Global Privacy Control that is not on stops nothing', async () => {
  assertLookedUp(await viewed({ headers: { 'Sec-GPC': '0' } }))
})

for (const answer of ['no', 'denied']) {
  test(`a visitor whose consent cookie says "${answer}" is not looked up`, async () => {
    assertNotLookedUp(await viewed({ on: consenting, cookies: { consent: answer } }))
  })
}

for (const [what, cookies] of Object.entries({ 'said yes': { consent: 'yes' }, 'was not asked for consent yet': {} })) {
  test(`a visitor who ${what} is looked up`, async () => {
    assertLookedUp(await viewed({ on: consenting, cookies }))
  })
}

test('the cookie is for the whole site, for a day, secure, and readable by the page', async () => {
  const page = await viewed()
  assert.deepEqual(page.set[COOKIE].attributes, ['Max-Age=86400', 'Path=/', 'SameSite=Lax', 'Secure'])
})

test('a page that sets the cookie is kept by no shared cache', async () => {
  const page = await viewed()
  assert.equal(page.headers['cache-control'], 'private, max-age=600')
  assert.equal(page.headers['x-origin'], 'site')
})

test('a cookie that is right already is not written again', async () => {
  const page = await viewed({ cookies: { [COOKIE]: 'true' } })
  assert.equal(api.asked.length, 1)
  assert.equal(page.headers['set-cookie'], undefined)
  assert.equal(page.headers['cache-control'], 'public, max-age=600')
})

test('a cookie that is wrong is written anew', async () => {
  assertLookedUp(await viewed({ cookies: { [COOKIE]: 'false' } }))
  const stranger = await new Browser(site, { ...visitor(newId()), [COOKIE]: 'true' }).view()
  assert.equal(stranger.set[COOKIE].value, 'false')
})

for (const current of ['true', 'false', undefined]) {
  test(`a failed lookup touches no cookie when the browser sends ${current ?? 'none'}`, async () => {
    const id = newId()
    await api.profiles.put(profileKey(id), '{"WEB_PERSONALIZATION:FEATURES_BY_ANON": 7}')
    const cookies = current === undefined ? {} : { [COOKIE]: current }
    const page = await new Browser(site, { ...visitor(id), ...cookies }).view()
    assert.equal(api.asked.length, 1)
    assert.equal(page.headers['set-cookie'], undefined)
    assert.equal(page.headers['cache-control'], 'public, max-age=600')
    assert.equal(page.status, 200)
    assert.equal(page.body, PAGE)
  })
}

test('sixty visitors at once each get what is theirs', async () => {
  const ids = Array.from({ length: 60 }, newId)
  await Promise.all(ids.map((id, at) => api.knows(id, { USER_APP_SIGN_UP: at % 2 })))
  const pages = await Promise.all(ids.map((id) => new Browser(site, visitor(id)).view()))
  const values = pages.map((page) => page.set[COOKIE]?.value)
  assert.deepEqual(
    values,
    ids.map((_, at) => String(at % 2 === 1)),
  )
})

test('a static site is personalised from KV without any other setting', async (t) => {
  const shop = await startSite()
  t.after(shop.dispose)
  const id = newId()
  await store(shop.profiles, id, { USER_APP_SIGN_UP: 1 })
  const page = await new Browser(shop, visitor(id)).view('/')
  assert.equal(page.set[COOKIE].value, 'true')
  assert.equal(page.body, (await new Browser(shop).view('/')).body)
  assert.match(page.body, /<!doctype html>/)
})
