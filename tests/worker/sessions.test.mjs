// The sessions of tests/journeys/sessions/ through the built Worker: page views one after another over HTTP, a real KV, and
// an API over HTTP that answers as the session says. On a real clock: what a test would have to wait for is skipped here.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { personalizationOf } from '../journeys.mjs'
import { assertPage, isShort, pagesOf, replyOf, requestOfPage, sessions, VARIABLES } from '../sessions.mjs'
import { profileKey, startOrigin } from './activation_api.mjs'
import { eventually } from './browser.mjs'
import { exchange, inTime } from './raw.mjs'
import { startServer, startSite } from './site.mjs'

/** How much later than it should a page may come on a machine that has other things to do. */
const LATE_MS = 2_000

let origin

before(async () => {
  origin = await startOrigin()
})
after(() => origin?.dispose())

/** An API that answers with what is in `replies`, one after the other. */
async function startApi() {
  const api = await startServer((_, response) => {
    const { reply, afterMs } = replyOf({ transport: 'http' }, api.replies.shift())
    if (afterMs === Number.POSITIVE_INFINITY) return
    setTimeout(() => response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body), afterMs)
  })
  return Object.assign(api, { replies: [] })
}

async function starts(t, session) {
  const api = await startApi()
  t.after(api.dispose)
  const bindings = {
    // One that no test runs out of by chance.
    LOOKUP_BUDGET_MS: '10000',
    ...VARIABLES,
    ...session.environment,
    ACTIVATION_API_URL: api.url,
    ORIGIN_URL: origin.url,
    PERSONALIZATION: personalizationOf(session),
  }
  const site = await startSite({ assets: false, bindings })
  t.after(site.dispose)
  return { api, site }
}

/** Sees to it that the sources reply as they do on this page; resolves to what KV has then. */
async function prepare({ visitor, replies }, { api, site }) {
  api.replies = replies.filter((told) => 'api' in told)
  const key = profileKey(`visitor-${visitor}`)
  const told = replies.find((told) => 'kv' in told)
  const { reply } = told ? replyOf({ transport: 'kv' }, told) : {}
  if (reply?.value) await site.profiles.put(key, reply.value)
  else if (told) await site.profiles.delete(key)
  return { key, before: await site.profiles.get(key) }
}

async function run(t, session) {
  const running = await starts(t, session)
  const { api, site } = running
  const jars = new Map()
  for (const page of pagesOf(session)) {
    await sleep(page.later)
    const { key, before } = await prepare(page, running)
    const asked = api.requests.length
    const startedMs = performance.now()
    const { method, headers } = requestOfPage(page, jars)
    const response = await inTime(exchange(site.direct, { method, headers }), 'the page')
    const tookMs = performance.now() - startedMs
    assert.equal(response.status, 200)
    if (page.waited !== undefined) {
      const { waited } = page
      // Timers of two programs differ by a millisecond.
      assert.ok(tookMs > waited - 2 && tookMs < waited + LATE_MS, `it took ${tookMs} ms, and should wait ${waited}`)
    }
    // That KV was asked cannot be seen from here.
    const askedApi = page.asked.filter((source) => source === 'api')
    await eventually('the API is asked', () => api.requests.length - asked >= askedApi.length)
    const kept = () => site.profiles.get(key).then((value) => (value === before ? undefined : value))
    const value = page.kept ? await eventually('the profile is kept', kept) : await kept()
    for (const part of page.log) await eventually(`the log has ${part}`, () => site.log().includes(part))
    const came = {
      asked: Array(api.requests.length - asked).fill('api'),
      cookies: response.all('set-cookie'),
      kept: value && JSON.parse(value),
      log: [site.log()],
    }
    assertPage({ ...page, asked: askedApi }, came, jars)
  }
}

/** Why a session cannot be had here. */
function whyNot(session) {
  if (!isShort(session)) return 'it lasts too long for a real clock'
  const delaysKv = session.pages.some(({ replies }) => replies.some((told) => 'kv' in told && told.after))
  return delaysKv ? 'a real KV answers when it likes' : false
}

for (const session of sessions) {
  test(`through the Worker: session: ${session.name}`, { skip: whyNot(session) }, (t) => run(t, session))
}
