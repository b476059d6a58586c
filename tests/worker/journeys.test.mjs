// The journeys of tests/journeys/ through the built Worker, as page views over HTTP.
//
// The Worker's clock cannot be set, so a journey happens now: all its times are moved. And each has a visitor of its own,
// as the Worker remembers visitors. What it decides is seen in cookies alone.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import {
  assertServerTiming,
  assertSetCookies,
  fingerprintIn,
  isForOneVisitor,
  journeys,
  personalizationOf,
  requestOf,
  STRANGER,
} from '../journeys.mjs'
import { PAGE, startActivationApi, startOrigin, store, VIEW } from './activation_api.mjs'
import { eventually, newId } from './browser.mjs'
import { exchange } from './raw.mjs'
import { startSite } from './site.mjs'

/** The visitor of all journeys, and the cookie by which they are known. */
const VISITOR = '2c5b6d48-ea90-43a2-a2f6-457d27f90328'
const v3 = (id) => encodeURIComponent(Buffer.from(JSON.stringify(id)).toString('base64'))

let api, origin
/** Sites by their settings: each is slow to start. */
const sites = new Map()

before(async () => {
  api = await startActivationApi()
  origin = await startOrigin()
})
after(async () => {
  const started = await Promise.allSettled(sites.values())
  await Promise.all([api, origin, ...started.map(({ value }) => value?.site)].map((running) => running?.dispose()))
})

/** Whether the personalization names the visitor, or puts them into a bucket: that is not for the journey alone to change. */
const isOfVisitor = (journey) => [VISITOR, '"variations"'].some((text) => personalizationOf(journey).includes(text))

/** The site that has the journey's settings, and the fingerprint of them. */
function siteFor(journey) {
  const bindings = {
    ...api.bindings,
    ...journey.environment,
    PROFILE_SOURCES: 'kv,activation-api',
    PERSONALIZATION: personalizationOf(journey),
    PROFILE_VIEW: VIEW,
    ORIGIN_URL: origin.url,
    LOOKUP_BUDGET_MS: journey.lookup.failed ? '200' : '10000',
  }
  // What is known of them stays with the site.
  const key = JSON.stringify([bindings, isOfVisitor(journey) && journey.lookup])
  if (!sites.has(key)) sites.set(key, start(bindings))
  return sites.get(key)
}

async function start(bindings) {
  const site = await startSite({ bindings, assets: false })
  if (!bindings.TICKET_KEYS) return { site }
  // For the time of this question the API answers, whatever the journey wants of it.
  const { answer } = api
  api.recover()
  const stranger = await send(site, STRANGER)
  api.answer = answer
  return { site, fingerprint: fingerprintIn(stranger.all('set-cookie'), { environment: bindings }) }
}

function send(site, { method, url, headers }) {
  const { host, pathname, search } = new URL(url)
  return exchange(site.direct, { method, path: pathname + search, headers: { host, ...headers } })
}

/** The journey as it goes for the visitor `id` now. */
function now(journey, id, nowS) {
  const move = (at) => at + nowS - journey.now
  const moved = JSON.stringify(journey, (name, value) => {
    if (name === 'fetched' || name === 'until') return move(value)
    if (name !== 'written') return value
    return Object.fromEntries(Object.entries(value).map(([cookie, at]) => [cookie, move(at)]))
  })
  const [theirs, its] = [id, VISITOR].map((whose) => [v3(whose), whose, `${whose.slice(0, 8)}...`])
  return JSON.parse(its.reduce((text, form, at) => text.replaceAll(form, theirs[at]), moved))
}

/** Sends the request of a journey within one second of the clock, so that all times in the answer are known. */
async function travel(journey, id, { site, fingerprint }) {
  for (;;) {
    const nowS = Math.floor(Date.now() / 1000)
    const moved = now(journey, id, nowS)
    const response = await send(site, requestOf(moved, fingerprint))
    if (Math.floor(Date.now() / 1000) === nowS) return { moved, response }
  }
}

/** Sees to it that a lookup ends as the journey's does. Returns a function that lets the API answer. */
async function prepare({ lookup }, id, { profiles }) {
  api.recover()
  api.asked.length = 0
  if (lookup.source === 'kv') await store(profiles, id, lookup.found)
  else if (lookup.found) await api.knows(id, lookup.found)
  if (lookup.failed) api.answer = () => {}
  return lookup === 'not asked' ? api.hold() : () => {}
}

async function run(journey) {
  const running = await siteFor(journey)
  const id = isOfVisitor(journey) ? VISITOR : newId()
  const release = await prepare(journey, id, running.site)
  const isForLater = journey.fetch?.when === 'after'
  const { moved, response } =
    isForLater && journey.lookup.found
      ? await eventually('what was asked for after a page answers the next', async () => {
          const travelled = await travel(journey, id, running)
          return travelled.response.all('set-cookie').length > 0 && travelled
        })
      : await travel(journey, id, running)

  const { redirect } = moved.plan
  assert.deepEqual([response.status, response.one('location')], redirect ? [302, redirect] : [200, undefined])
  assert.equal(response.text, redirect || moved.request.method === 'HEAD' ? '' : PAGE)
  assertSetCookies(response.all('set-cookie'), moved)
  assertServerTiming(response.one('server-timing'), moved)
  const cacheControl = `${isForOneVisitor(moved) ? 'private' : 'public'}, max-age=600`
  assert.equal(response.one('cache-control'), redirect ? 'private, no-store' : cacheControl)

  const asked = () => [...new Set(api.asked.map(({ body }) => JSON.parse(body).id.value))]
  if (isForLater && journey.lookup === 'not asked') await eventually('the API is asked', () => asked().length > 0)
  release()
  assert.deepEqual(asked(), journey.fetch && journey.lookup.source !== 'kv' ? [id] : [])
}

for (const journey of journeys) test(`through the Worker: ${journey.title}`, () => run(journey))
