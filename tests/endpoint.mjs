// What is true of `GET /_pintle/decision` in every shell: a real client asks it over HTTP, and it asks a real API.

import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import { openTicket, sealTicket } from './ticket.mjs'
import { profileKey, startActivationApi, TOKEN } from './worker/activation_api.mjs'
import { Browser, eventually, newId, send, visitor } from './worker/browser.mjs'
import { inTime } from './worker/raw.mjs'
import { KEY } from './worker/site.mjs'

const PATH = '/_pintle/decision'
const COOKIE = 'rs_activation_signed_up'
const TICKET = 'pintle_ticket'
const EMAIL = 'somebody@shop.example'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const UNKNOWN = '{"decisions":{},"reason":"the profile could not be looked up"}'

/** What a page's own script sends. */
const SCRIPT = { accept: '*/*', 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' }

const withConsent = JSON.stringify({
  view: 'WEB_PERSONALIZATION:FEATURES_BY_ANON',
  features: { signed_up: { defaultValue: false } },
  deliver: [{ feature: 'signed_up', cookie: { name: COOKIE, maxAge: '1d' } }],
  consent: { cookie: 'consent', denied: ['no'] },
})

/**
 * Registers the tests. `start(variables)` starts a site of the shell: its `url`, what it has in its `log()`, and `dispose`.
 * `address` is the header that tells it where a request came from; `mindsSlash`, whether a slash at a path's end makes
 * another path of it.
 */
export function testEndpoint(shell, { start, address, mindsSlash = true }) {
  const fact = (name, body) => test(`${shell}: ${name}`, body)
  let api, site, naming

  before(async () => {
    api = await startActivationApi()
    site = await start({ ...api.bindings, TICKET_KEYS: KEY })
    naming = await start({ ...api.bindings, TICKET_KEYS: KEY, DECISION_ID_PARAMETER: 'true' })
  })
  after(() => Promise.all([api, site, naming].map((running) => running?.dispose())))
  beforeEach(() => {
    api.recover()
    api.asked.length = 0
  })

  async function ownSite(t, variables) {
    const own = await start({ ...api.bindings, TICKET_KEYS: KEY, ...variables })
    t.after(own.dispose)
    return own
  }

  /** Asks as a page's script does, and keeps the cookies. Whatever the answer is, it tells no secret and nobody keeps it. */
  async function ask(browser, { query = '', ...request } = {}) {
    const answer = await inTime(
      browser.view(PATH + query, { ...request, headers: { 'user-agent': FIREFOX, ...SCRIPT, ...request.headers } }),
      'the answer',
    )
    assert.equal(answer.headers['cache-control'], 'no-store')
    assert.equal(answer.headers['content-type'], 'application/json')
    for (const secret of [TOKEN, KEY, EMAIL, 'USER_APP_SIGN_UP'])
      assert.ok(!`${answer.body}${answer.rawHeaders}`.includes(secret), `the answer tells ${secret}`)
    return answer
  }

  function assertAnswer(answer, body, set = []) {
    assert.equal(answer.body, body)
    assert.equal(answer.status, 200)
    assert.deepEqual(Object.keys(answer.set), set)
  }

  function assertRefused(answer, status, why) {
    assert.equal(answer.status, status)
    const { error, ...others } = JSON.parse(answer.body)
    assert.match(error, why)
    assert.deepEqual(others, {})
    assert.deepEqual(answer.set, {})
    assert.equal(api.asked.length, 0, 'somebody was looked up')
  }

  /** A visitor whom the API knows. */
  async function known(features = { USER_APP_SIGN_UP: 1 }) {
    const id = newId()
    await api.knows(id, { EMAIL, ...features })
    return id
  }
  const browserOf = (id, { on = site, cookies } = {}) => new Browser(on, { ...visitor(id), ...cookies })

  // Whom it answers

  fact('a known visitor is told the decisions alone, and gets the cookies of a page view', async () => {
    const id = await known()
    const answer = await ask(browserOf(id))
    assertAnswer(answer, '{"decisions":{"signed_up":true}}', [COOKIE, TICKET])
    const [decision, ticket] = answer.headers['set-cookie']
    assert.equal(decision, `${COOKIE}=true; SameSite=Lax; Secure; Path=/; Max-Age=86400`)
    assert.match(ticket, /^pintle_ticket=[\w-]+; HttpOnly; SameSite=Lax; Secure; Path=\/; Max-Age=1800$/)
    const { i, a } = openTicket(answer.set[TICKET].value, KEY)
    assert.deepEqual([i, a], [id, { USER_APP_SIGN_UP: 1 }])
    assert.equal(api.asked.length, 1)
  })

  fact('an id that no source knows gets the default', async () => {
    assertAnswer(await ask(browserOf(newId())), '{"decisions":{"signed_up":false}}', [COOKIE, TICKET])
  })

  fact('a cookie that is right is not written again', async () => {
    const browser = browserOf(await known(), { cookies: { [COOKIE]: 'true' } })
    assertAnswer(await ask(browser), '{"decisions":{"signed_up":true}}', [TICKET])
  })

  fact('a cookie that is wrong is corrected', async () => {
    const browser = browserOf(await known(), { cookies: { [COOKIE]: 'false' } })
    assert.equal((await ask(browser)).set[COOKIE].value, 'true')
  })

  for (const [what, cookies, reason] of [
    ['has no cookie of RudderStack', { theme: 'dark' }, 'no rl_anonymous_id cookie'],
    ['has no cookie at all', {}, 'no rl_anonymous_id cookie'],
    ['has a cookie that names nobody', { rl_anonymous_id: 'RS_ENC_v3_garbage' }, undefined],
  ]) {
    fact(`whoever ${what} is told why there is nothing, and gets no cookie`, async () => {
      const answer = await ask(new Browser(site, cookies))
      const { decisions, reason: why, ...others } = JSON.parse(answer.body)
      assert.deepEqual([answer.status, decisions, others, answer.set], [200, {}, {}, {}])
      assert.ok(reason ? why === reason : why.length > 0 && !why.includes('garbage'), why)
      assert.equal(api.asked.length, 0)
    })
  }

  fact('the decision cookie of a visitor who is not known any more stays', async () => {
    const answer = await ask(new Browser(site, { [COOKIE]: 'true' }))
    assertAnswer(answer, '{"decisions":{},"reason":"no rl_anonymous_id cookie"}')
  })

  fact('without ticket keys it answers without a ticket, and looks up each time', async (t) => {
    const browser = browserOf(await known(), { on: await ownSite(t, { TICKET_KEYS: '' }) })
    assertAnswer(await ask(browser), '{"decisions":{"signed_up":true}}', [COOKIE])
    assertAnswer(await ask(browser), '{"decisions":{"signed_up":true}}')
    assert.equal(api.asked.length, 2)
  })

  // Tickets

  fact('with a fresh ticket nobody is looked up', async () => {
    const browser = browserOf(await known())
    await ask(browser)
    assertAnswer(await ask(browser), '{"decisions":{"signed_up":true}}')
    delete browser.cookies[COOKIE]
    assertAnswer(await ask(browser), '{"decisions":{"signed_up":true}}', [COOKIE, TICKET])
    assert.equal(api.asked.length, 1)
  })

  fact('a page view and the endpoint take each other’s ticket', async () => {
    const browser = browserOf(await known())
    await ask(browser)
    assert.equal((await browser.view('/')).headers['set-cookie'], undefined)
    assert.equal(api.asked.length, 1)
  })

  fact('a stale ticket answers at once, and the profile is asked for after the answer', async () => {
    const id = await known()
    const browser = browserOf(id)
    await ask(browser)
    const { s } = openTicket(browser.cookies[TICKET], KEY)
    const ticket = { i: id, t: Math.floor(Date.now() / 1000) - 300, s, a: { USER_APP_SIGN_UP: null } }
    Object.assign(browser.cookies, { [TICKET]: sealTicket(ticket, KEY), [COOKIE]: 'false' })
    const release = api.hold()
    assertAnswer(await ask(browser), '{"decisions":{"signed_up":false}}')
    await eventually('the profile is asked for', () => api.asked.length === 2)
    release()
    const answer = await eventually('the new value is told', async () => {
      const answer = await ask(browser)
      return answer.set[COOKIE] && answer
    })
    assert.equal(answer.body, '{"decisions":{"signed_up":true}}')
    assert.equal(answer.set[COOKIE].value, 'true')
  })

  // Who may ask

  fact('it is answered for clients that send no Fetch Metadata', async () => {
    const answer = await ask(browserOf(await known()), { headers: { 'sec-fetch-site': undefined } })
    assertAnswer(answer, '{"decisions":{"signed_up":true}}', [COOKIE, TICKET])
  })

  for (const from of ['cross-site', 'same-site', 'none', '', 'Same-Origin', 'same-origin, cross-site']) {
    fact(`it is refused to a request whose Sec-Fetch-Site is "${from}"`, async () => {
      assertRefused(await ask(browserOf(await known()), { headers: { 'sec-fetch-site': from } }), 403, /of this site/)
    })
  }

  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) {
    fact(`${method} is answered with 405, and that it takes GET`, async () => {
      const answer = await ask(browserOf(await known()), { method })
      assert.equal(answer.headers.allow, 'GET')
      if (method !== 'HEAD') return assertRefused(answer, 405, /GET/)
      assert.deepEqual([answer.status, answer.body, answer.set], [405, '', {}])
      assert.equal(api.asked.length, 0)
    })
  }

  for (const [what, headers] of Object.entries({
    'is a bot': { 'user-agent': 'Googlebot/2.1' },
    'fetches ahead': { 'sec-purpose': 'prefetch' },
  })) {
    fact(`nobody is looked up for a client that ${what}`, async () => {
      const answer = await ask(browserOf(await known(), { cookies: { [COOKIE]: 'false' } }), { headers })
      const { decisions, reason } = JSON.parse(answer.body)
      assert.deepEqual([answer.status, decisions, answer.set], [200, {}, {}])
      assert.ok(reason)
      assert.equal(api.asked.length, 0)
    })
  }

  fact('nobody is looked up who sends Global Privacy Control, and what was set before is taken away', async () => {
    const refused = '{"decisions":{},"reason":"the browser sends Global Privacy Control"}'
    const browser = browserOf(await known())
    await ask(browser)
    api.asked.length = 0
    const answer = await ask(browser, { headers: { 'sec-gpc': '1' } })
    assertAnswer(answer, refused, [COOKIE, TICKET])
    for (const { value, attributes } of Object.values(answer.set))
      assert.deepEqual([value, attributes.includes('Max-Age=0')], ['', true])
    assert.deepEqual(Object.keys(browser.cookies), ['rl_anonymous_id'])
    assertAnswer(await ask(browser, { headers: { 'sec-gpc': '1' } }), refused)
    assert.equal(api.asked.length, 0)
  })

  fact('a visitor who refuses after all loses the cookies that were set before', async (t) => {
    const refused = '{"decisions":{},"reason":"the visitor refused consent"}'
    const own = await ownSite(t, { PERSONALIZATION: withConsent })
    const browser = browserOf(await known(), { on: own, cookies: { consent: 'yes' } })
    await ask(browser)
    browser.cookies.consent = 'no'
    assertAnswer(await ask(browser), refused, [COOKIE, TICKET])
    assert.deepEqual(Object.keys(browser.cookies).sort(), ['consent', 'rl_anonymous_id'])
    assertAnswer(await ask(browser), refused)
    assert.equal(api.asked.length, 1)
  })

  fact('a visitor who refused consent is not looked up, in whichever way they are named', async (t) => {
    const own = await ownSite(t, { PERSONALIZATION: withConsent, DECISION_ID_PARAMETER: 'true' })
    const id = await known()
    for (const query of ['', `?anonymousId=${id}`]) {
      const answer = await ask(browserOf(id, { on: own, cookies: { consent: 'no' } }), { query })
      assertAnswer(answer, '{"decisions":{},"reason":"the visitor refused consent"}')
    }
    assert.equal(api.asked.length, 0)
    await ask(browserOf(id, { on: own, cookies: { consent: 'yes' } }))
    assert.equal(api.asked.length, 1)
  })

  // The parameter

  fact('the parameter is refused where the settings do not allow it, whoever is named', async () => {
    const id = await known()
    for (const query of [`?anonymousId=${id}`, '?anonymousId=', `?a=b&anonymousId=${id}#c`])
      assertRefused(await ask(browserOf(id), { query }), 403, /DECISION_ID_PARAMETER/)
  })

  fact('the parameter names the visitor where the settings allow it', async () => {
    const answer = await ask(new Browser(naming), { query: `?a=b&anonymousId=${await known()}&c` })
    assertAnswer(answer, '{"decisions":{"signed_up":true}}', [COOKIE, TICKET])
  })

  fact('the parameter is decoded as browsers encode it', async () => {
    const id = 'Größe & "more"+1'
    await api.knows(id, { USER_APP_SIGN_UP: 1 })
    for (const query of [new URLSearchParams({ anonymousId: id }), `anonymousId=${encodeURIComponent(id)}`]) {
      await ask(new Browser(naming), { query: `?${query}` })
      assert.equal(JSON.parse(api.asked.at(-1).body).id.value, id)
    }
  })

  fact('the visitor whom the parameter names gets nothing of the one whom the cookies name', async () => {
    const [theirs, mine] = [await known(), await known({ USER_APP_SIGN_UP: null })]
    const browser = browserOf(theirs, { on: naming })
    await ask(browser)
    const answer = await ask(browser, { query: `?anonymousId=${mine}` })
    assert.equal(answer.body, '{"decisions":{"signed_up":false}}')
    assert.equal(openTicket(answer.set[TICKET].value, KEY).i, mine)
    assert.equal(api.asked.length, 2)
  })

  for (const [what, value] of Object.entries({
    nothing: '',
    'more than 256 bytes': 'x'.repeat(257),
    'control characters': 'a%0d%0ab',
    'no UTF-8': '%ff%fe',
  })) {
    fact(`a parameter of ${what} is answered with 400`, async () => {
      const answer = await ask(browserOf(await known(), { on: naming }), { query: `?anonymousId=${value}` })
      assertRefused(answer, 400, /is no id/)
    })
  }

  fact('the parameter too is refused to other sites', async () => {
    const query = `?anonymousId=${await known()}`
    assertRefused(await ask(new Browser(naming), { query, headers: { 'sec-fetch-site': 'cross-site' } }), 403, /site/)
  })

  // How often

  fact('over the rate it is answered with 429 and when to come again, each address by itself', async (t) => {
    const own = await ownSite(t, { DECISION_RATE: '3' })
    const id = await known()
    // The count starts anew with each minute of the clock: not in the midst of this.
    const leftMs = 60_000 - (Date.now() % 60_000)
    if (leftMs < 5_000) await new Promise((resolve) => setTimeout(resolve, leftMs))
    const from = (ip) => ask(browserOf(id, { on: own }), { headers: { [address]: ip } })
    for (let time = 0; time < 3; time += 1) assert.equal((await from('192.0.2.1')).status, 200)
    api.asked.length = 0
    const late = await from('192.0.2.1')
    assertRefused(late, 429, /too many/)
    const afterS = Number(late.headers['retry-after'])
    assert.ok(Number.isInteger(afterS) && afterS >= 1 && afterS <= 60, late.headers['retry-after'])
    assert.equal((await from('192.0.2.2')).status, 200)
    // IPv6 addresses count by their /64, which one household has.
    for (const ip of ['2001:db8::1', '2001:db8::2:3', '2001:db8:0:0:ffff:ffff:ffff:ffff'])
      assert.equal((await from(ip)).status, 200)
    assert.equal((await from('2001:db8:0:0:7::')).status, 429)
    assert.equal((await from('2001:db8:0:1::1')).status, 200)
  })

  // When something is wrong

  for (const [what, answer] of Object.entries({
    'is broken (500)': ({ response }) => response.writeHead(500).end(`{"error":"${TOKEN}"}`),
    'answers with something else than a profile': ({ response }) => response.end('<!doctype html>'),
    'answers without data': ({ response }) => response.end('{"message":"Internal server error"}'),
    'hangs up': ({ response }) => response.destroy(),
  })) {
    fact(`nothing is known, and no cookie touched, when the API ${what}`, async () => {
      api.answer = answer
      for (const cookies of [{}, { [COOKIE]: 'true' }, { [COOKIE]: 'false' }])
        assertAnswer(await ask(browserOf(newId(), { cookies })), UNKNOWN)
      assert.equal(new Set(api.asked.map(({ body }) => body)).size, 3)
      // Who hangs up on a connection that was kept open is asked once more.
      assert.ok(api.asked.length <= (what === 'hangs up' ? 6 : 3), `${api.asked.length} questions`)
      api.recover()
      assertAnswer(await ask(browserOf(await known())), '{"decisions":{"signed_up":true}}', [COOKIE, TICKET])
    })
  }

  fact('an API that never answers costs the budget, and what it says later answers the next time', async (t) => {
    const own = await ownSite(t, { LOOKUP_BUDGET_MS: '200' })
    const browser = browserOf(await known(), { on: own })
    const release = api.hold()
    const startedMs = performance.now()
    assertAnswer(await ask(browser), UNKNOWN)
    const tookMs = performance.now() - startedMs
    assert.ok(tookMs >= 195 && tookMs < 2_000, `it took ${tookMs} ms`)
    release()
    await eventually('the late answer is used', async () => (await ask(browser)).body !== UNKNOWN)
    assert.equal(browser.cookies[COOKIE], 'true')
  })

  fact('what is malformed in the profile of one visitor is told to nobody', async () => {
    const id = newId()
    await api.profiles.put(profileKey(id), `{"WEB_PERSONALIZATION:FEATURES_BY_ANON":"${EMAIL}"}`)
    assertAnswer(await ask(browserOf(id)), UNKNOWN)
  })

  fact(
    'with settings that are wrong it is answered with 503; what is wrong is told in the log alone, once',
    async (t) => {
      const own = await ownSite(t, { TICKET_KEYS: `${KEY}!`, LOOKUP_BUDGET_MS: 'fast' })
      for (let time = 1; time <= 3; time += 1) {
        const answer = await ask(browserOf(await known(), { on: own }))
        assertRefused(answer, 503, /settings are wrong/)
        assert.doesNotMatch(answer.body, /TICKET_KEYS|fast/)
      }
      await eventually('the log tells it', () => own.log().includes('TICKET_KEYS: '))
      assert.equal(own.log().split('LOOKUP_BUDGET_MS: ').length, 2)
      assert.ok(!own.log().includes(KEY))
    },
  )

  fact('a path that merely begins like it belongs to the site', async () => {
    const paths = [`${PATH}s`, '/_pintle', '/_pintle/', '/_PINTLE/decision', `/x${PATH}`]
    for (const path of mindsSlash ? [...paths, `${PATH}/`] : paths) {
      const answer = await send(new URL(path, site.url), { headers: SCRIPT })
      assert.ok(!answer.body.includes('"decisions"'), path)
    }
  })

  fact('the log tells neither who asked nor what is secret', () => {
    for (const log of [site.log(), naming.log()]) {
      assert.doesNotMatch(log, /[0-9a-f]{8}-[0-9a-f]{4}-|RS_ENC|rl_anonymous_id=/)
      for (const secret of [TOKEN, KEY, EMAIL]) assert.ok(!log.includes(secret))
    }
  })
}
