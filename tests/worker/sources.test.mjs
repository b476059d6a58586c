// Sources: who is asked, in which order, how often and how long, and what becomes of the page when
// they fail. A site remembers how its sources did, so a test that wears one out starts its own.

import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import { PAGE, profileData, profileKey, startActivationApi, startOrigin, store } from './activation_api.mjs'
import { Browser, eventually, newId, visitor } from './browser.mjs'
import { startServer, startSite } from './site.mjs'

const COOKIE = 'rs_activation_signed_up'

let api, origin, site

before(async () => {
  api = await startActivationApi()
  origin = await startOrigin()
  site = await startSite({
    bindings: { ...api.bindings, PROFILE_SOURCES: 'kv,activation-api', ORIGIN_URL: origin.url },
  })
})
after(() => Promise.all([api, origin, site].map((running) => running?.dispose())))
beforeEach(() => {
  api.recover()
  api.asked.length = 0
})

/** Starts a site of one test's own. */
async function ownSite(t, bindings) {
  const own = await startSite({ bindings: { ...api.bindings, ORIGIN_URL: origin.url, ...bindings } })
  t.after(own.dispose)
  return own
}

/** Opens a page as the visitor `id`. */
const view = (on, id, cookies) => new Browser(on, { ...visitor(id), ...cookies }).view()

/** The page is served as if Pintle were not there. */
function assertUnpersonalised(page) {
  assert.equal(page.status, 200)
  assert.equal(page.body, PAGE)
  assert.equal(page.headers['set-cookie'], undefined)
  assert.equal(page.headers['cache-control'], 'public, max-age=600')
}

/** Whatever the browser has stays: a wrong answer that is believed would change one of these. */
async function assertNothingChanges() {
  for (const cookies of [{ [COOKIE]: 'true' }, { [COOKIE]: 'false' }, {}])
    assertUnpersonalised(await view(site, newId(), cookies))
}

/** The entry of KV under the visitor's key, once it is there. */
const writtenBack = (on, id) =>
  eventually('the profile was written back', async () => {
    const { keys } = await on.profiles.list({ prefix: profileKey(id) })
    return keys[0]
  })

/** Another visitor's page is personalised: the site is well, and its sources are in use. */
async function assertWell(on = site) {
  const id = newId()
  api.recover()
  await api.knows(id, { USER_APP_SIGN_UP: 1 })
  assert.equal((await view(on, id)).set[COOKIE]?.value, 'true')
}

// Order

test('the first source that knows the visitor answers, and the others are not asked', async () => {
  const id = newId()
  await store(site.profiles, id, { USER_APP_SIGN_UP: 1 })
  await api.knows(id, { USER_APP_SIGN_UP: null })
  assert.equal((await view(site, id)).set[COOKIE].value, 'true')
  assert.equal(api.asked.length, 0)
})

test('the order is that of PROFILE_SOURCES', async (t) => {
  const reversed = await ownSite(t, { PROFILE_SOURCES: 'activation-api,kv' })
  const [both, onlyKv] = [newId(), newId()]
  await store(reversed.profiles, both, { USER_APP_SIGN_UP: null })
  await api.knows(both, { USER_APP_SIGN_UP: 1 })
  assert.equal((await view(reversed, both)).set[COOKIE].value, 'true')
  await store(reversed.profiles, onlyKv, { USER_APP_SIGN_UP: 1 })
  assert.equal((await view(reversed, onlyKv)).set[COOKIE].value, 'true')
  assert.equal(api.asked.length, 2)
})

test('a source that is not named is not asked', async (t) => {
  const onlyKv = await ownSite(t, { PROFILE_SOURCES: 'kv' })
  const id = newId()
  await api.knows(id, { USER_APP_SIGN_UP: 1 })
  assert.equal((await view(onlyKv, id)).set[COOKIE].value, 'false')
  assert.equal(api.asked.length, 0)
})

test('a later source answers when an earlier one fails', async (t) => {
  const reversed = await ownSite(t, { PROFILE_SOURCES: 'activation-api,kv' })
  api.answer = ({ response }) => response.writeHead(500).end()
  const id = newId()
  await store(reversed.profiles, id, { USER_APP_SIGN_UP: 1 })
  assert.equal((await view(reversed, id)).set[COOKIE].value, 'true')
  assert.equal(api.asked.length, 1)
})

test('a visitor whom one source does not know and another could not be asked about is not taken for unknown', async () => {
  api.answer = ({ response }) => response.writeHead(500).end()
  assertUnpersonalised(await view(site, newId(), { [COOKIE]: 'true' }))
  await assertWell()
})

for (const value of [
  '',
  'not JSON',
  '[]',
  'null',
  '{"WEB_PERSONALIZATION:FEATURES_BY_ANON": "text"}',
  'x'.repeat(70_000),
]) {
  test(`what is malformed in KV (${value.slice(0, 12)}…) is no profile: the next source is asked, and its answer replaces it`, async () => {
    const id = newId()
    await site.profiles.put(profileKey(id), value)
    await api.knows(id, { USER_APP_SIGN_UP: 1 })
    assert.equal((await view(site, id)).set[COOKIE].value, 'true')
    assert.equal(api.asked.length, 1)
    await eventually('the profile was replaced', async () => (await site.profiles.get(profileKey(id))) !== value)
    assert.equal((await view(site, id)).set[COOKIE].value, 'true')
    assert.equal(api.asked.length, 1)
  })
}

test('a profile in KV without the view is as good as none', async () => {
  const id = newId()
  await site.profiles.put(profileKey(id), '{"ANOTHER_VIEW":{"USER_APP_SIGN_UP":1}}')
  await api.knows(id, { USER_APP_SIGN_UP: null })
  assert.equal((await view(site, id)).set[COOKIE].value, 'false')
  assert.equal(api.asked.length, 1)
})

// What is kept

test('what the API knows is written back to KV whole, for ten minutes, and answers the next page', async () => {
  const id = newId()
  await api.profiles.put(
    profileKey(id),
    JSON.stringify({ ...profileData({ USER_APP_SIGN_UP: '1', ÜBRIG: [1, { b: null }] }), OTHER: {} }),
  )
  assert.equal((await view(site, id)).set[COOKIE].value, 'true')
  const entry = await writtenBack(site, id)
  assert.equal(entry.name, profileKey(id))
  const leftS = entry.expiration - Date.now() / 1000
  assert.ok(leftS > 480 && leftS <= 601, `it is kept for ${leftS} s`)
  assert.equal(await site.profiles.get(entry.name), await api.profiles.get(profileKey(id)))
  assert.equal((await view(site, id)).set[COOKIE].value, 'true')
  assert.equal(api.asked.length, 1)
})

test('PROFILE_KEPT_S says how long a profile is kept', async (t) => {
  const thrifty = await ownSite(t, { PROFILE_SOURCES: 'kv,activation-api', PROFILE_KEPT_S: '7200' })
  const id = newId()
  await api.knows(id, { USER_APP_SIGN_UP: 1 })
  await view(thrifty, id)
  const { expiration } = await writtenBack(thrifty, id)
  const leftS = expiration - Date.now() / 1000
  assert.ok(leftS > 7000 && leftS <= 7201, `it is kept for ${leftS} s`)
})

test('nothing is written to KV for the API alone, for a miss or for a failure', async (t) => {
  const alone = await ownSite(t)
  const [known, unknown, failed] = [newId(), newId(), newId()]
  await api.knows(known, { USER_APP_SIGN_UP: 1 })
  assert.equal((await view(alone, known)).set[COOKIE].value, 'true')
  assert.equal((await view(site, unknown)).set[COOKIE].value, 'false')
  api.answer = ({ response }) => response.writeHead(200).end('{"message":"Internal server error"}')
  assertUnpersonalised(await view(site, failed))
  await assertWell()
  assert.deepEqual((await alone.profiles.list()).keys, [])
  for (const id of [unknown, failed]) assert.equal(await site.profiles.get(profileKey(id)), null)
})

test('an id that nobody knows is asked for once in quick succession', async () => {
  const id = newId()
  for (let page = 1; page <= 5; page += 1) assert.equal((await view(site, id)).set[COOKIE].value, 'false')
  assert.equal(api.asked.length, 1)
  await view(site, newId())
  assert.equal(api.asked.length, 2)
})

// Time

test('the page and the profile are on their way at the same time', async (t) => {
  // The origin answers only when the API was asked, and the API only when the origin was: whoever
  // waits for one before asking the other waits for ever.
  const arrivals = [deferred(), deferred()]
  const meet = (mine) => {
    mine.resolve()
    return Promise.all(arrivals.map(({ promise }) => promise))
  }
  const waiting = await startServer(async (_, response) => {
    await meet(arrivals[0])
    response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE)
  })
  t.after(waiting.dispose)
  const own = await ownSite(t, { ORIGIN_URL: waiting.url })
  api.answer = async ({ relay }) => {
    await meet(arrivals[1])
    await relay()
  }
  const id = newId()
  await api.knows(id, { USER_APP_SIGN_UP: 1 })
  const page = await within(5_000, view(own, id))
  assert.equal(page.set[COOKIE].value, 'true')
  assert.equal(page.body, PAGE)
})

test('a page takes as long as the slower of origin and API, and not their sum', async (t) => {
  const slow = await startServer((_, response) => {
    setTimeout(() => response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE), 600)
  })
  t.after(slow.dispose)
  const own = await ownSite(t, { ORIGIN_URL: slow.url })
  await assertWell(own)
  const id = newId()
  await api.knows(id, { USER_APP_SIGN_UP: 1 })
  api.answer = ({ relay }) => setTimeout(relay, 600)
  const page = await within(1_100, view(own, id))
  assert.equal(page.set[COOKIE].value, 'true')
})

test('an API that never answers costs a page its budget, and after five pages nothing', async (t) => {
  const hurried = await ownSite(t, { LOOKUP_BUDGET_MS: '200' })
  api.answer = () => {}
  for (let page = 1; page <= 5; page += 1) {
    assertUnpersonalised(await within(2_000, view(hurried, newId(), { [COOKIE]: 'true' })))
    assert.equal(api.asked.length, page)
  }
  assertUnpersonalised(await view(hurried, newId(), { [COOKIE]: 'true' }))
  assert.equal(api.asked.length, 5)
})

test('an answer of which only the beginning comes costs a page no more than the budget', async (t) => {
  const hurried = await ownSite(t, { LOOKUP_BUDGET_MS: '200' })
  api.answer = ({ response }) => response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":')
  assertUnpersonalised(await within(2_000, view(hurried, newId(), { [COOKIE]: 'true' })))
})

test('an answer that comes after the budget is kept for the next page', async (t) => {
  const hurried = await ownSite(t, { LOOKUP_BUDGET_MS: '200' })
  const id = newId()
  await api.knows(id, { USER_APP_SIGN_UP: 1 })
  const release = api.hold()
  assertUnpersonalised(await within(2_000, view(hurried, id)))
  const over = api.done
  release()
  await eventually('the late answer was sent', () => api.done > over)
  // From here on nobody answers: what the next pages know, they know from the late answer.
  api.answer = () => {}
  const page = await eventually('the late answer was used', async () => {
    const page = await view(hurried, id)
    return page.set[COOKIE] && page
  })
  assert.equal(page.set[COOKIE].value, 'true')
})

test('an answer that comes after the budget is written back to KV too', async (t) => {
  const hurried = await ownSite(t, { PROFILE_SOURCES: 'kv,activation-api', LOOKUP_BUDGET_MS: '200' })
  const id = newId()
  await api.knows(id, { USER_APP_SIGN_UP: 1 })
  const release = api.hold()
  assertUnpersonalised(await within(2_000, view(hurried, id)))
  release()
  await writtenBack(hurried, id)
  assert.equal((await view(hurried, id)).set[COOKIE].value, 'true')
  assert.equal(api.asked.length, 1)
})

// Failure

test('after five failures in a row the API is left alone, while the pages go on', async (t) => {
  const own = await ownSite(t, { PROFILE_SOURCES: 'kv,activation-api' })
  api.answer = ({ response }) => response.writeHead(500).end()
  for (let page = 1; page <= 20; page += 1) {
    assertUnpersonalised(await view(own, newId(), { [COOKIE]: 'true' }))
    assert.equal(api.asked.length, Math.min(page, 5))
  }
  await eventually('the log said so', () => own.log().includes('activation-api is left alone'))
  assert.equal(own.log().split('left alone').length - 1, 1)
  const id = newId()
  await store(own.profiles, id, { USER_APP_SIGN_UP: 1 })
  assert.equal((await view(own, id)).set[COOKIE].value, 'true')
})

test('an answer between failures starts the count anew', async () => {
  for (let round = 1; round <= 3; round += 1) {
    api.answer = ({ response }) => response.writeHead(500).end()
    for (let page = 1; page <= 4; page += 1) assertUnpersonalised(await view(site, newId()))
    await assertWell()
  }
  assert.equal(api.asked.length, 15)
})

const known = JSON.stringify({ data: profileData({ USER_APP_SIGN_UP: 1 }) })
const json = { 'content-type': 'application/json' }
const endpointBody = ({ body, relay }, change) => relay({ body: JSON.stringify({ ...JSON.parse(body), ...change }) })
/** 70 KiB of a profile that would be right if it were not so large. */
const large = JSON.stringify({ data: profileData({ USER_APP_SIGN_UP: 1, PADDING: 'x'.repeat(70 * 1024) }) })

test('what the API answers below is right but for the one thing that is wrong with it', async () => {
  api.answer = ({ response }) => response.writeHead(200, json).end(known)
  assert.equal((await view(site, newId())).set[COOKIE].value, 'true')
})

for (const bytes of [4_095, 4_096, 4_097, 8_192, 60_000]) {
  test(`an answer of ${bytes} bytes in chunks is read to its end`, async () => {
    const padded = (padding) => JSON.stringify({ data: profileData({ PADDING: padding, USER_APP_SIGN_UP: 1 }) })
    const answer = padded('x'.repeat(bytes - padded('').length))
    api.answer = ({ response }) => {
      response.writeHead(200, json).write(answer.slice(0, 1_000), () => response.end(answer.slice(1_000)))
    }
    assert.equal((await view(site, newId())).set[COOKIE].value, 'true')
  })
}

for (const [what, answer] of Object.entries({
  'refuses the token (401)': ({ headers, relay }) =>
    relay({ headers: { ...headers, authorization: 'Bearer another' } }),
  'does not know the destination (404)': (question) => endpointBody(question, { destinationId: 'another' }),
  'has had too many questions (429)': ({ response }) => response.writeHead(429, { 'retry-after': '60' }).end(known),
  'is broken (500)': ({ response }) => response.writeHead(500, json).end(known),
  'has created something (201)': ({ response }) => response.writeHead(201, json).end(known),
  'has nothing to say (204)': ({ response }) => response.writeHead(204).end(),
  'answers 200 without data': ({ response }) =>
    response.writeHead(200, json).end('{"message":"Internal server error"}'),
  'answers 200 with null for data': ({ response }) => response.writeHead(200, json).end('{"data":null}'),
  'answers 200 with nothing': ({ response }) => response.writeHead(200, json).end(),
  'answers 200 with HTML': ({ response }) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>Log in'),
  'answers 200 with half of the JSON': ({ response }) => response.writeHead(200, json).end(known.slice(0, -3)),
  'hangs up in the middle of its answer': ({ response }) => {
    response
      .writeHead(200, { ...json, 'content-length': known.length })
      .write(known.slice(0, -3), () => response.destroy())
  },
  'hangs up in the middle of a chunked answer': ({ response }) => {
    response.writeHead(200, json).write(known, () => response.destroy())
  },
  'hangs up without a word': ({ response }) => response.destroy(),
  'answers with 70 KiB': ({ response }) =>
    response.writeHead(200, { ...json, 'content-length': large.length }).end(large),
  'answers with 70 KiB in chunks': ({ response }) => response.writeHead(200, json).end(large),
  'answers about another visitor': (question) =>
    endpointBody(question, { id: { type: 'anonymous_id', value: newId() } }),
})) {
  test(`the page is intact and no cookie is touched when the API ${what}`, async () => {
    api.answer = answer
    await assertNothingChanges()
    assert.equal(api.asked.length, 3)
    await assertWell()
  })
}

for (const status of [301, 302, 307, 308]) {
  test(`a redirect (${status}) is not followed, and the token goes nowhere else`, async (t) => {
    const elsewhere = await startServer((_, response) => response.writeHead(200, json).end(known))
    t.after(elsewhere.dispose)
    api.answer = ({ response }) => response.writeHead(status, { location: elsewhere.url }).end()
    await assertNothingChanges()
    await assertWell()
    assert.equal(elsewhere.requests.length, 0)
  })
}

test('the page is intact and no cookie is touched when the API refuses the connection', async () => {
  await api.refuse()
  try {
    await assertNothingChanges()
    assert.equal(api.asked.length, 0)
  } finally {
    await api.listen()
  }
  await assertWell()
})

test('one visitor’s malformed profile in KV does not keep the others from KV', async (t) => {
  const own = await ownSite(t, { PROFILE_SOURCES: 'kv' })
  const [broken, sound] = [newId(), newId()]
  await own.profiles.put(profileKey(broken), 'not JSON')
  await store(own.profiles, sound, { USER_APP_SIGN_UP: 1 })
  for (let page = 1; page <= 6; page += 1) assertUnpersonalised(await view(own, broken))
  assert.equal((await view(own, sound)).set[COOKIE]?.value, 'true')
})

function deferred() {
  let resolve
  const promise = new Promise((settle) => (resolve = settle))
  return { promise, resolve }
}

/** What `promise` resolves to, if that takes less than `ms`. */
async function within(ms, promise) {
  const startedMs = performance.now()
  const value = await promise
  const tookMs = Math.round(performance.now() - startedMs)
  assert.ok(tookMs < ms, `it took ${tookMs} ms, and not less than ${ms}`)
  return value
}
