// `pintle/fetch` and pages that stream: what a page asks after its head has left must not get into what everybody may keep.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { Hono } from 'hono'
import { Browser, newId, visitor } from '../worker/browser.mjs'
import { inTime } from '../worker/raw.mjs'
import { KEY } from '../worker/site.mjs'
import { imported } from './imported.mjs'
import { log, serve, servers } from './served.mjs'

const SHARED = 'public, max-age=60, s-maxage=600'
const DECIDED = '{"signed_up":true}'

const { fetch: pintle, dispose } = await imported({ fetch: 'pintle/fetch' })
after(dispose)

const newHandle = () =>
  pintle.createHandler({ environment: { TICKET_KEYS: KEY }, profile: () => ({ USER_APP_SIGN_UP: 1 }) })

/** A page whose head leaves at once, and whose body asks then. */
function streamed(visit) {
  const body = new ReadableStream({
    async start(controller) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      controller.enqueue(new TextEncoder().encode(JSON.stringify(await visit.decisions())))
      controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/html', 'cache-control': SHARED } })
}

async function starts(t, fetch) {
  const site = await serve(fetch)
  t.after(site.dispose)
  return site
}

/** Somebody's first page, and a later one: then they have their cookies, and none is written. */
async function twice(site) {
  const browser = new Browser(site, visitor(newId()))
  const first = await inTime(browser.view(), 'the first page')
  assert.deepEqual([first.body, first.headers['cache-control']], [DECIDED, 'private, max-age=60'])
  const later = await inTime(browser.view(), 'the later page')
  assert.deepEqual(later.set, {})
  return later
}

/** A page that gets at a visit that its function does not take. */
const getsAtIt = (...given) => streamed(given[1])

for (const [name, server] of Object.entries(servers)) {
  test(`${name}: a page that could still ask is private before its head leaves`, async (t) => {
    const from = log().length
    const site = await starts(
      t,
      server(newHandle(), (_, visit) => streamed(visit)),
    )
    const later = await twice(site)
    assert.deepEqual([later.body, later.headers['cache-control']], [DECIDED, 'private, max-age=60'])
    assert.equal(log(from), '')
  })

  test(`${name}: a page of which there is nothing to tell stays everybody’s, and nothing is said of it`, async (t) => {
    const from = log().length
    const site = await starts(
      t,
      server(newHandle(), (_, visit) => streamed(visit)),
    )
    const page = await inTime(new Browser(site).view(), 'the page')
    assert.deepEqual([page.body, page.headers['cache-control'], page.set], ['{}', SHARED, {}])
    assert.equal(log(from), '')
  })
}

/** What asks too late: a function that takes no visit, and Hono's own, which takes one only by and by. */
const tooLate = {
  'takes nothing, and gets at the visit': (handle) => (request) => handle(request, getsAtIt),
  'takes the request alone, as Hono’s own': (handle) => {
    const app = new Hono()
    app.get('/', ({ env }) => streamed(env))
    assert.equal(app.fetch.length, 1)
    return (request) => handle(request, app.fetch)
  },
}
for (const [what, way] of Object.entries(tooLate)) {
  test(`a page whose function ${what} and asks after its head left for everybody is told nothing, and the log says so once`, async (t) => {
    // What was said by a test before is not said again within the minute.
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + nextMinute() })
    const from = log().length
    const lines = () => log(from).split('asked for its decisions after its head').length - 1
    const site = await starts(t, way(newHandle()))
    for (let time = 1; time <= 3; time += 1) {
      const later = await twice(site)
      assert.deepEqual([later.body, later.headers['cache-control']], ['{}', SHARED])
    }
    assert.equal(lines(), 1, log(from))
    assert.match(log(from), /left for everybody.*second parameter/)
    t.mock.timers.tick(61_000)
    await twice(site)
    assert.equal(lines(), 2, 'what lasts is told again')
  })
}

let minutes = 0
function nextMinute() {
  minutes += 10
  return minutes * 60_000
}

test('a page that asks beside its answer is told, where its answer can hold nothing', async () => {
  const handle = newHandle()
  let cookie = Object.entries(visitor(newId()))[0].join('=')
  const get = async () => {
    let visit
    const request = new Request('https://shop.example/', { headers: { accept: 'text/html', cookie } })
    const response = await handle(request, (...given) => {
      visit = given[1]
      return new Response(null, { status: 204 })
    })
    return { response, visit }
  }
  const { response } = await get()
  cookie += response.headers
    .getSetCookie()
    .map((line) => `; ${line.replace(/;.*/, '')}`)
    .join('')
  const later = await get()
  assert.deepEqual([...later.response.headers], [])
  assert.deepEqual(await later.visit.decisions(), { signed_up: true })
})
