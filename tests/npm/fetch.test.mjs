// `pintle/fetch` of the installed package on Node.js: real browsers' requests, a real Activation API, real servers.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { after, before, beforeEach, test } from 'node:test'

import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { execute } from '../commands/installed.mjs'
import { startActivationApi, TOKEN } from '../worker/activation_api.mjs'
import { Browser, eventually, newId, send, visitor } from '../worker/browser.mjs'
import { inTime } from '../worker/raw.mjs'
import { KEY, startServer } from '../worker/site.mjs'
import { imported } from './imported.mjs'
import { log, serve, servers } from './served.mjs'

const COOKIE = 'rs_activation_signed_up'
const TICKET = 'pintle_ticket'
const PAGE = '<!doctype html><title>Still hours</title>'
const SHARED = 'public, max-age=600'

const { fetch: pintle, folder, dispose } = await imported({ fetch: 'pintle/fetch' })
let api

before(async () => {
  api = await startActivationApi()
})
after(() => Promise.all([dispose(), api?.dispose()]))
beforeEach(() => {
  api.recover()
  api.asked.length = 0
})

const html = (body = PAGE) => new Response(body, { headers: { 'content-type': 'text/html', 'cache-control': SHARED } })

/** A test for each server: `body(t, starts)`, where `starts(options, page)` starts a site behind Pintle. */
function each(fact, body) {
  for (const [name, server] of Object.entries(servers)) {
    test(`${name}: ${fact}`, (t) =>
      body(t, async ({ environment, ...options } = {}, page = () => html()) => {
        const handle = pintle.createHandler({
          environment: { ...api.bindings, TICKET_KEYS: KEY, ...environment },
          ...options,
        })
        const from = log().length
        const site = await serve(server(handle, page))
        t.after(site.dispose)
        return { ...site, log: () => log(from) }
      }))
  }
}

/** A visitor who is signed up, as the API knows. */
async function signedUp() {
  const id = newId()
  await api.knows(id, { USER_APP_SIGN_UP: 1, EMAIL: 'somebody@shop.example' })
  return id
}
const view = (site, id, cookies) => inTime(new Browser(site, { ...visitor(id), ...cookies }).view(), 'the page')

/** The page is served as if Pintle were not there. */
function assertPlain(page) {
  assert.deepEqual([page.status, page.body], [200, PAGE])
  assert.deepEqual([page.headers['set-cookie'], page.headers['cache-control']], [undefined, SHARED])
}

/** Another visitor's page is personalised: the site is well, and its source is in use. */
async function assertWell(site) {
  api.recover()
  assert.equal((await view(site, await signedUp())).set[COOKIE]?.value, 'true')
}

/** What `promise` resolves to, if that takes less than `ms`. */
async function within(ms, promise) {
  const startedMs = performance.now()
  const value = await promise
  const tookMs = Math.round(performance.now() - startedMs)
  assert.ok(tookMs < ms, `it took ${tookMs} ms, and not less than ${ms}`)
  return value
}

// Who gets what

each('a first page is personalised, and the next ones leave as they came', async (_, starts) => {
  const site = await starts()
  const browser = new Browser(site, visitor(await signedUp()))
  const first = await browser.view()
  assert.equal(first.body, PAGE)
  assert.deepEqual(first.set[COOKIE], {
    value: 'true',
    attributes: ['Max-Age=86400', 'Path=/', 'SameSite=Lax', 'Secure'],
  })
  assert.deepEqual(Object.keys(first.set), [COOKIE, TICKET])
  assert.equal(first.headers['cache-control'], 'private, max-age=600')
  for (let page = 2; page <= 5; page += 1) assertPlain(await browser.view())
  assert.equal(api.asked.length, 1)
})

each('a visitor whom nobody knows gets the default, and is asked about once', async (_, starts) => {
  const site = await starts({ environment: { TICKET_KEYS: '' } })
  const id = newId()
  for (let page = 1; page <= 3; page += 1) assert.equal((await view(site, id)).set[COOKIE].value, 'false')
  assert.equal(api.asked.length, 1)
})

each('sixty visitors at once each get what is theirs', async (_, starts) => {
  const site = await starts()
  const ids = Array.from({ length: 60 }, newId)
  await Promise.all(ids.map((id, at) => api.knows(id, { USER_APP_SIGN_UP: at % 2 })))
  const pages = await Promise.all(ids.map((id) => view(site, id)))
  assert.deepEqual(
    pages.map((page) => page.set[COOKIE]?.value),
    ids.map((_, at) => String(at % 2 === 1)),
  )
})

each('the page knows what was decided', async (_, starts) => {
  const page = async (_, visit) => html(JSON.stringify(await visit.decisions()))
  const site = await starts({}, page)
  assert.equal((await view(site, await signedUp())).body, '{"signed_up":true}')
  assert.equal((await view(site, newId())).body, '{"signed_up":false}')
  assert.equal((await new Browser(site).view()).body, '{}')
  api.answer = ({ response }) => response.writeHead(500).end()
  assert.equal((await view(site, newId())).body, '{}')
  const wrong = await starts({ environment: { TICKET_KEYS: 'wrong' } }, page)
  assert.equal((await view(wrong, await signedUp())).body, '{}')
})

each(
  'a page that asked what was decided is kept by no shared cache, whether it sets a cookie or not',
  async (_, starts) => {
    const site = await starts({}, async (_, visit) => html(JSON.stringify(await visit.decisions())))
    const browser = new Browser(site, visitor(await signedUp()))
    const pages = [await browser.view(), await browser.view(), await new Browser(site).view()]
    assert.deepEqual(
      pages.map((page) => [page.body, page.headers['cache-control'], page.headers['set-cookie']?.length]),
      [
        ['{"signed_up":true}', 'private, max-age=600', 2],
        ['{"signed_up":true}', 'private, max-age=600', undefined],
        ['{}', 'private, max-age=600', undefined],
      ],
    )
  },
)

each('what somebody else says in Pintle’s name does not reach the page', async (_, starts) => {
  const echo = async (request) => html(JSON.stringify([[...request.headers], request.method, await request.text()]))
  const site = await starts({}, echo)
  const headers = { 'x-pintle-decisions': '{"signed_up":true}', 'X-Pintle-Anything': 'x', 'x-mine': 'y' }
  for (const sent of [
    { method: 'GET', headers },
    { method: 'POST', headers, body: 'a=b' },
    { method: 'PUT', headers, body: 'x'.repeat(1_000_000) },
  ]) {
    const [seen, method, body] = JSON.parse((await send(site.url, sent)).body)
    const names = seen.map(([name]) => name)
    assert.ok(names.includes('x-mine'))
    assert.deepEqual(
      names.filter((name) => name.startsWith('x-pintle')),
      [],
    )
    assert.deepEqual([method, body], [sent.method, sent.body ?? ''])
  }
})

// Time

each('the page and the profile are on their way at the same time', async (_, starts) => {
  // The page comes only when the API was asked, and the API answers only when the page was asked for: whoever
  // waits for one before asking for the other waits for ever.
  const arrivals = [deferred(), deferred()]
  const meet = (mine) => {
    mine.resolve()
    return Promise.all(arrivals.map(({ promise }) => promise))
  }
  const site = await starts({}, async () => {
    await meet(arrivals[0])
    return html()
  })
  const id = await signedUp()
  api.answer = async ({ relay }) => {
    await meet(arrivals[1])
    await relay()
  }
  const page = await within(5_000, view(site, id))
  assert.deepEqual([page.set[COOKIE]?.value, page.body], ['true', PAGE])
})

each('a page takes as long as the slower of page and API, and not their sum', async (_, starts) => {
  const site = await starts({}, async () => {
    await new Promise((resolve) => setTimeout(resolve, 700))
    return html()
  })
  await assertWell(site)
  const id = await signedUp()
  api.answer = ({ relay }) => setTimeout(relay, 700)
  assert.equal((await within(1_300, view(site, id))).set[COOKIE].value, 'true')
})

each('an API that never answers costs a page its budget, and after five pages nothing', async (_, starts) => {
  const site = await starts({ environment: { LOOKUP_BUDGET_MS: '500' } })
  api.answer = () => {}
  for (let page = 1; page <= 5; page += 1) {
    assertPlain(await within(2_000, view(site, newId(), { [COOKIE]: 'true' })))
    assert.equal(api.asked.length, page)
  }
  assertPlain(await within(490, view(site, newId(), { [COOKIE]: 'true' })))
  assert.equal(api.asked.length, 5)
})

each('an answer of which only the beginning comes costs a page no more than the budget', async (_, starts) => {
  const site = await starts({ environment: { LOOKUP_BUDGET_MS: '200' } })
  api.answer = ({ response }) => response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":')
  assertPlain(await within(2_000, view(site, newId(), { [COOKIE]: 'true' })))
})

each('an answer that comes after the budget is kept for the next page', async (_, starts) => {
  const site = await starts({ environment: { LOOKUP_BUDGET_MS: '200' } })
  const id = await signedUp()
  const release = api.hold()
  assertPlain(await within(2_000, view(site, id)))
  const over = api.done
  release()
  await eventually('the late answer was sent', () => api.done > over)
  // From here on nobody answers: what the next pages know, they know from the late answer.
  api.answer = () => {}
  const page = await eventually('the late answer is used', async () => {
    const page = await view(site, id)
    return page.set[COOKIE] && page
  })
  assert.equal(page.set[COOKIE].value, 'true')
})

each('a stale ticket answers at once, and the profile is asked for after the response', async (t, starts) => {
  const site = await starts()
  const id = await signedUp()
  const browser = new Browser(site, visitor(id))
  await browser.view()
  await api.knows(id, { USER_APP_SIGN_UP: 0 })
  // The server runs in this process, so that its clock can be moved.
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 5 * 60_000 })
  const release = api.hold()
  assertPlain(await within(2_000, browser.view()))
  await meanwhile(() => api.asked.length === 2)
  release()
  t.mock.timers.reset()
})

// Failure

const json = { 'content-type': 'application/json' }
for (const [what, answer] of Object.entries({
  'is broken (500)': ({ response }) => response.writeHead(500, json).end(`{"error":"${TOKEN}"}`),
  'refuses the token': ({ headers, relay }) => relay({ headers: { ...headers, authorization: 'Bearer another' } }),
  'answers 200 without data': ({ response }) =>
    response.writeHead(200, json).end('{"message":"Internal server error"}'),
  'answers with HTML': ({ response }) => response.writeHead(200).end('<!doctype html>'),
  'hangs up without a word': ({ response }) => response.destroy(),
  'hangs up in the middle': ({ response }) => response.writeHead(200, json).write('{"data":', () => response.destroy()),
  'answers with 70 KiB in chunks': ({ response }) => response.writeHead(200, json).end(oversized()),
  'says a false length': ({ response }) => response.writeHead(200, { ...json, 'content-length': 9 }).end('{"data":{}'),
  'answers about another visitor': ({ body, relay }) =>
    relay({ body: JSON.stringify({ ...JSON.parse(body), id: { type: 'anonymous_id', value: newId() } }) }),
})) {
  each(`the page is intact and no cookie is touched when the API ${what}`, async (_, starts) => {
    const site = await starts()
    api.answer = answer
    for (const cookies of [{ [COOKIE]: 'true' }, { [COOKIE]: 'false' }, {}])
      assertPlain(await view(site, newId(), cookies))
    assert.equal(askedAbout(), 3)
    // Who says nothing on a connection that was kept open is asked once more.
    assert.ok(api.asked.length <= (what === 'hangs up without a word' ? 6 : 3), `${api.asked.length} questions`)
    await assertWell(site)
    assert.ok(!site.log().includes(TOKEN))
  })
}
/** About how many visitors the API was asked. */
const askedAbout = () => new Set(api.asked.map(({ body }) => body)).size
const oversized = () =>
  JSON.stringify({
    data: { 'WEB_PERSONALIZATION:FEATURES_BY_ANON': { USER_APP_SIGN_UP: 1, P: 'x'.repeat(70 * 1024) } },
  })

each('a redirect of the API is not followed, and the token goes nowhere else', async (t, starts) => {
  const elsewhere = await startServer((_, response) => response.writeHead(200, json).end('{"data":{}}'))
  t.after(elsewhere.dispose)
  const site = await starts()
  for (const status of [301, 302, 307, 308]) {
    api.answer = ({ response }) => response.writeHead(status, { location: elsewhere.url }).end()
    assertPlain(await view(site, newId()))
  }
  assert.equal(elsewhere.requests.length, 0)
  await assertWell(site)
})

each('after five failures in a row the API is left alone, and the log says so once', async (_, starts) => {
  const site = await starts()
  api.answer = ({ response }) => response.writeHead(500).end()
  for (let page = 1; page <= 12; page += 1) {
    assertPlain(await view(site, newId(), { [COOKIE]: 'true' }))
    assert.equal(api.asked.length, Math.min(page, 5))
  }
  assert.equal(site.log().split('activation-api is left alone').length, 2, site.log())
  assert.ok(!site.log().includes(TOKEN))
})

for (const [what, at, options] of [
  ['TICKET_KEYS malformed', 'TICKET_KEYS', { environment: { TICKET_KEYS: `${KEY}!` } }],
  ['a budget that is no number', 'LOOKUP_BUDGET_MS', { environment: { LOOKUP_BUDGET_MS: 'fast' } }],
  ['a personalization that is not JSON', '$', { personalization: '{"features":' }],
  ['a personalization without sense', '$.view', { personalization: { view: 7, features: {}, deliver: [] } }],
  ['a variable that is not JSON', '$', { environment: { PERSONALIZATION: '{' } }],
  ['an API at a port that is none', 'ACTIVATION_API_URL', { environment: { ACTIVATION_API_URL: 'http://h:99999' } }],
  [
    'an API at an address that never ends',
    'ACTIVATION_API_URL',
    { environment: { ACTIVATION_API_URL: 'http://[::1' } },
  ],
  ['an API at a host that is none', 'ACTIVATION_API_URL', { environment: { ACTIVATION_API_URL: 'http://%' } }],
  ['an origin at a port that is none', 'ORIGIN_URL', { environment: { ORIGIN_URL: 'http://h:99999' } }],
  ['a function that is named and not given', 'profile', { environment: { PROFILE_SOURCES: 'function' } }],
]) {
  each(`with ${what} the site is served untouched, and its health and log say so`, async (_, starts) => {
    const site = await starts(options)
    for (let page = 1; page <= 3; page += 1) assertPlain(await view(site, await signedUp()))
    assert.equal(api.asked.length, 0)
    const health = await send(new URL('/_pintle/health', site.url))
    assert.deepEqual([health.status, health.headers['cache-control']], [503, 'no-store'])
    const { status, mistakes } = JSON.parse(health.body)
    assert.equal(status, 'unpersonalised')
    const mistake = mistakes.find((mistake) => mistake.at === at)
    assert.ok(mistake?.what, health.body)
    assert.equal(site.log().split(`${at}: ${mistake.what}`).length, 2, 'the log tells it once')
    for (const told of [site.log(), health.body]) assert.ok(!told.includes(KEY) && !told.includes(TOKEN))
  })
}

each(
  'a feature with a mistake is left as it is, the others decide, and its health and log say so',
  async (_, starts) => {
    const delivered = (feature) => ({ feature, cookie: { name: feature, maxAge: '1d' } })
    const features = { hero: { rules: [{ forse: 1 }] }, right: { defaultValue: 'right' } }
    const site = await starts({
      personalization: { view: 'v', features, deliver: [delivered('hero'), delivered('right')] },
    })
    const page = await view(site, await signedUp(), { hero: 'before' })
    assert.deepEqual(Object.keys(page.set).sort(), ['pintle_ticket', 'right'])
    const health = await send(new URL('/_pintle/health', site.url))
    const { status, mistakes, personalization } = JSON.parse(health.body)
    assert.deepEqual([health.status, status, personalization.leftAlone], [503, 'degraded', ['hero']])
    for (const { at, what } of mistakes) assert.equal(site.log().split(`${at}: ${what}`).length, 2, 'it is told once')
  },
)

each('the health of a site that is well says what is running', async (_, starts) => {
  const site = await starts()
  const health = await send(new URL('/_pintle/health?x', site.url))
  const { status, personalization } = JSON.parse(health.body)
  assert.deepEqual([health.status, status], [200, 'ok'])
  assert.deepEqual([personalization.features, personalization.tickets], [['signed_up'], true])
  assert.deepEqual(personalization.sources, ['activation-api'])
  assert.ok(!health.body.includes(TOKEN) && !health.body.includes(KEY))
})

each('without ticket keys the log says once what that costs', async (_, starts) => {
  const site = await starts({ environment: { TICKET_KEYS: '' } })
  for (let page = 1; page <= 3; page += 1) await view(site, newId())
  assert.equal(site.log().split('TICKET_KEYS is not set').length, 2)
})

test('what the page throws is passed on, whoever asks', async () => {
  const handle = pintle.createHandler({ environment: { ...api.bindings, TICKET_KEYS: KEY } })
  const thrown = new RangeError('out of paper')
  const cookie = Object.entries(visitor(await signedUp()))[0].join('=')
  for (const headers of [{ accept: 'text/html', cookie }, {}]) {
    for (const next of [
      () => Promise.reject(thrown),
      () => {
        throw thrown
      },
      async (_, visit) => {
        await visit.decisions()
        throw thrown
      },
    ]) {
      await assert.rejects(handle(new Request('https://shop.example/', { headers }), next), (error) => error === thrown)
    }
  }
})

test('what the page throws does not wait for the lookup', async () => {
  const handle = pintle.createHandler({ environment: { ...api.bindings, TICKET_KEYS: KEY } })
  api.answer = () => {}
  const cookie = Object.entries(visitor(newId()))[0].join('=')
  const request = new Request('https://shop.example/', { headers: { accept: 'text/html', cookie } })
  await within(5_000, assert.rejects(handle(request, () => Promise.reject(new Error('out of paper')))))
})

each('a page that fails leaves the server well', async (_, starts) => {
  let isBroken = true
  const site = await starts({}, () => {
    if (isBroken) throw new Error('out of paper')
    return html()
  })
  const id = await signedUp()
  assert.equal((await view(site, id)).status, 500)
  isBroken = false
  assert.equal((await view(site, id)).set[COOKIE].value, 'true')
})

// Sources of the site's own

each('a function is a source, asked before the API, by the id alone', async (_, starts) => {
  const ids = []
  const site = await starts({
    environment: { PROFILE_SOURCES: '' },
    profile: (id) => {
      ids.push(id)
      return id.startsWith('1') ? { USER_APP_SIGN_UP: 1 } : null
    },
  })
  assert.equal((await view(site, '1')).set[COOKIE].value, 'true')
  assert.equal(api.asked.length, 0)
  await api.knows('2', { USER_APP_SIGN_UP: 1 })
  assert.equal((await view(site, '2')).set[COOKIE].value, 'true')
  assert.equal((await view(site, '3')).set[COOKIE].value, 'false')
  assert.deepEqual(ids, ['1', '2', '3'])
  assert.equal(api.asked.length, 2)
})

each('a function needs neither variables nor the API, and PROFILE_SOURCES orders both', async (_, starts) => {
  const own = await starts({
    environment: { PROFILE_SOURCES: 'function', ACTIVATION_TOKEN: '' },
    profile: async () => ({ USER_APP_SIGN_UP: true }),
  })
  assert.equal((await view(own, newId())).set[COOKIE].value, 'true')
  const second = await starts({ environment: { PROFILE_SOURCES: 'activation-api,function' }, profile: () => ({}) })
  assert.equal((await view(second, await signedUp())).set[COOKIE].value, 'true')
  assert.equal(api.asked.length, 1)
})

for (const [what, fails] of Object.entries({
  throws: (words) => {
    throw new Error(words)
  },
  rejects: (words) => Promise.reject(new Error('the shop is closed', { cause: new Error(words) })),
})) {
  each(
    `a function that ${what} has failed: the page is intact, no cookie touched, and the log has its words without whose they are`,
    async (_, starts) => {
      const profile = (id) => fails(`no table\n  profiles_${id} for ${id}`)
      const site = await starts({ environment: { PROFILE_SOURCES: 'function' }, profile })
      const ids = Array.from({ length: 7 }, newId)
      for (const id of ids) assertPlain(await view(site, id, { [COOKIE]: 'true' }))
      assert.equal(site.log().split('function failed').length, 2, site.log())
      assert.match(site.log(), /function failed: .*no table profiles_\*\*\* for \*\*\*; .*`profile`/)
      assert.equal(site.log().split('function is left alone').length, 2, site.log())
      for (const id of ids) assert.ok(!site.log().includes(id), site.log())
    },
  )
}

const loop = {}
loop.loop = loop
for (const [what, given] of Object.entries({
  'a list': [{ USER_APP_SIGN_UP: 1 }],
  'a text': 'USER_APP_SIGN_UP',
  'what is no JSON': loop,
  'a BigInt': { USER_APP_SIGN_UP: 1n },
})) {
  each(
    `a function that gives ${what} of one visitor has failed for this one: the page is intact, no cookie touched, and others are looked up`,
    async (_, starts) => {
      const profile = (id) => (id === 'broken' ? given : { USER_APP_SIGN_UP: 1 })
      const site = await starts({ environment: { PROFILE_SOURCES: 'function' }, profile })
      for (let page = 1; page <= 7; page += 1) assertPlain(await view(site, 'broken', { [COOKIE]: 'true' }))
      assert.equal((await view(site, newId())).set[COOKIE].value, 'true')
      assert.equal(site.log().split('function failed').length, 2, site.log())
      assert.match(site.log(), /what writes the profiles/)
      assert.doesNotMatch(site.log(), /left alone|USER_APP_SIGN_UP/)
    },
  )
}

test('a function is told to stop when its answer comes too late to be of use, and nobody else is asked then', async () => {
  let told
  const handle = pintle.createHandler({
    environment: {
      ...api.bindings,
      PROFILE_SOURCES: 'function,activation-api',
      LOOKUP_BUDGET_MS: '50',
      TICKET_KEYS: KEY,
    },
    profile: (_, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          told = signal.reason
          reject(told)
        })
      }),
  })
  const cookie = Object.entries(visitor(newId()))[0].join('=')
  const tasks = []
  const request = new Request('https://shop.example/', { headers: { accept: 'text/html', cookie } })
  await handle(request, () => html(), { waitUntil: (task) => tasks.push(task) })
  assert.equal(tasks.length, 1, 'the runtime is asked to wait')
  assert.equal(told, undefined)
  await Promise.all(tasks)
  assert.ok(told)
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.equal(api.asked.length, 0)
})

// Where the settings come from

test('without options the settings are those of the process, with the built-in personalization', async (t) => {
  const variables = { ...api.bindings, TICKET_KEYS: KEY, EXPLAIN: 'true', PERSONALIZATION: '  ' }
  for (const [name, value] of Object.entries(variables)) {
    process.env[name] = value
    t.after(() => delete process.env[name])
  }
  const site = await serve((request) => handle(request, () => html()))
  t.after(site.dispose)
  const handle = pintle.createHandler()
  const page = await view(site, await signedUp())
  assert.equal(page.set[COOKIE]?.value, 'true')
  assert.match(page.headers['server-timing'], /found in activation-api";dur=\d+/)
})

test('the personalization is an object, a text, or the variable, in this order', async () => {
  const named = (name) => ({
    view: 'V',
    features: { f: { defaultValue: 'x' } },
    deliver: [{ feature: 'f', cookie: { name, maxAge: '1d' } }],
  })
  const cookie = Object.entries(visitor('somebody'))[0].join('=')
  const setBy = async (options, variable) => {
    const environment = { TICKET_KEYS: KEY, ...(variable && { PERSONALIZATION: variable }) }
    const handle = pintle.createHandler({ environment, profile: () => null, ...options })
    const request = new Request('https://shop.example/', { headers: { accept: 'text/html', cookie } })
    return (await handle(request, () => html())).headers.getSetCookie()[0].split('=')[0]
  }
  assert.equal(await setBy({ personalization: named('a') }, JSON.stringify(named('b'))), 'a')
  assert.equal(await setBy({ personalization: JSON.stringify(named('a')) }, JSON.stringify(named('b'))), 'a')
  assert.equal(await setBy({}, JSON.stringify(named('b'))), 'b')
  assert.equal(await setBy({}), COOKIE)
})

// What is no request

test('node:http is told that a Request is needed; that is no failure of the module, which goes on', async (t) => {
  const handle = pintle.createHandler({ environment: { TICKET_KEYS: KEY }, profile: () => ({ USER_APP_SIGN_UP: 1 }) })
  const from = log().length
  const errors = []
  const bare = createServer((request, response) =>
    handle(request, response).catch((error) => {
      errors.push(error)
      response.writeHead(500).end()
    }),
  )
  await new Promise((resolve) => bare.listen(0, '127.0.0.1', resolve))
  t.after(() => bare.close())
  const site = { url: `http://127.0.0.1:${bare.address().port}` }
  for (const path of ['/', '/_pintle/health', '/_pintle/decision'])
    assert.equal((await new Browser(site, visitor(newId())).view(path)).status, 500)
  for (const given of [undefined, null, {}, 'https://shop.example/']) {
    await handle(given, () => html()).catch((error) => errors.push(error))
  }
  assert.equal(errors.length, 7)
  for (const error of errors) {
    assert.ok(error instanceof TypeError)
    assert.match(error.message, /takes a Request.*@hono\/node-server.*node:http/)
  }
  assert.equal(log(from), '')
  const cookie = Object.entries(visitor(newId()))[0].join('=')
  const request = new Request('https://shop.example/', { headers: { accept: 'text/html', cookie } })
  assert.equal((await handle(request, () => html())).headers.getSetCookie().length, 2)
  assert.doesNotMatch(log(from), /failed/)
})

test('a program that gives the handler to node:http ends with what it needs', async () => {
  const program = [
    "import { createServer } from 'node:http'",
    "import { createHandler } from 'pintle/fetch'",
    'const server = createServer(createHandler())',
    "server.listen(0, () => fetch('http://localhost:' + server.address().port))",
    // A program that goes on is one that was told nothing.
    'setTimeout(() => process.exit(0), 10_000)',
  ]
  const file = path.join(folder, 'bare.mjs')
  await writeFile(file, program.join('\n'))
  const { code, stderr } = await execute(process.execPath, [file], { cwd: folder })
  assert.notEqual(code, 0)
  assert.match(stderr, /TypeError: pintle\/fetch takes a Request/)
})

// Hono's own way

test('as a middleware of Hono it personalises what the routes after it answer', async (t) => {
  const handle = pintle.createHandler({ environment: { ...api.bindings, TICKET_KEYS: KEY } })
  const app = new Hono()
  app.use(async (c, next) => {
    const response = await handle(c.req.raw, async (_, visit) => {
      c.set('visit', visit)
      await next()
      return c.res
    })
    // Otherwise Hono would write the headers of the page over ours.
    c.res = undefined
    c.res = response
  })
  app.get('/', async (c) => {
    setCookie(c, 'theme', 'dark')
    c.header('cache-control', `${SHARED}, s-maxage=31536000`)
    return c.html(JSON.stringify(await c.get('visit').decisions()))
  })
  app.get('/old', (c) => c.redirect('/', 301))
  const site = await serve(app.fetch)
  t.after(site.dispose)
  const browser = new Browser(site, visitor(await signedUp()))
  const page = await browser.view()
  assert.equal(page.body, '{"signed_up":true}')
  assert.deepEqual(Object.keys(page.set), ['theme', COOKIE, TICKET])
  assert.equal(page.headers['cache-control'], 'private, max-age=600')
  const moved = await browser.view('/old')
  assert.deepEqual([moved.status, moved.headers.location], [301, '/'])
  assert.equal((await browser.view('/nowhere')).status, 404)
})

function deferred() {
  let resolve
  const promise = new Promise((settle) => (resolve = settle))
  return { promise, resolve }
}

/** Waits until `probe` holds, by turns of the event loop and no clock. */
async function meanwhile(probe) {
  while (!probe()) await new Promise(setImmediate)
}
