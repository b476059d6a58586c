// The journeys of tests/journeys/ through the installed package: each as a page view of `pintle/fetch` and of
// `pintle/next`, with a function for a source, at the journey's time.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'

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
import { openDecisions } from '../ticket.mjs'
import { imported } from './imported.mjs'

const { fetch, next, server, dispose } = await imported({
  fetch: 'pintle/fetch',
  next: 'pintle/next',
  server: 'next/server.js',
})
after(dispose)

const SHARED = 'public, max-age=600, s-maxage=600'
const SHARED_ALONE = new Set(['vary', 'cdn-cache-control', 'surrogate-control', 'x-accel-expires'])

/** A shell of `pintle/fetch` whose page is `page(visit)`. */
const fetched = (page) => (options) => {
  const handle = fetch.createHandler(options)
  return async ({ url, ...request }, context) => {
    const response = new Response('the page', { headers: { 'cache-control': SHARED } })
    const next = page(response)
    const answer = await handle(new Request(url, request), next.page, context)
    const isSent = answer.status === 302
    assert.equal(await answer.clone().text(), isSent ? '' : 'the page')
    return { isSent, headers: answer.headers, isUntouched: answer === response, decisions: await next.decisions?.() }
  }
}

/**
 * Each shell: what makes it, and how it answers a request. An answer tells its headers, whether the page left as it came, and
 * the decisions that the page sees, if it asks.
 */
const shells = {
  'pintle/fetch': fetched((response) => ({ page: () => response })),
  'pintle/fetch, whose page could ask': fetched((response) => {
    let visit
    return {
      page: (_, its) => {
        visit = its
        return response
      },
      // A page that nobody is shown is not asked for.
      decisions: () => visit?.decisions() ?? {},
    }
  }),
  'pintle/next': (options) => {
    const middleware = next.createMiddleware(options)
    return async ({ url, ...request }, context) => {
      const { headers, status } = await middleware(new server.NextRequest(url, request), context)
      const isSent = status === 302
      assert.equal(headers.get('x-middleware-next'), isSent ? null : '1')
      const forwarded = headers.get('x-middleware-request-x-pintle-decisions')
      const keys = options.environment.TICKET_KEYS
      return {
        isSent,
        headers,
        // What is said to shared caches alone goes with the decisions, which a page may show.
        isUntouched: ![...headers.keys()].some(
          (name) => !(name.startsWith('x-middleware-') || (forwarded && SHARED_ALONE.has(name))),
        ),
        decisions: !forwarded ? {} : keys ? openDecisions(forwarded, keys) : JSON.parse(forwarded),
      }
    }
  },
}

/** A source that ends as the journey's lookup does, once it is released. */
function sourceOf({ lookup }) {
  const asked = []
  let release
  const released = new Promise((resolve) => (release = resolve))
  const profile = async (id) => {
    asked.push(id)
    await released
    if (lookup.found) return lookup.found
    if (lookup.failed) throw new Error('the database is down')
    return null
  }
  return { asked, release, profile }
}

/** Several turns of the event loop: whatever does not wait for something else happens in them. */
async function meanwhile() {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate)
}

async function run(t, name, journey) {
  const start = shells[name]
  t.mock.method(console, 'warn', () => {})
  t.mock.timers.enable({ apis: ['Date'], now: journey.now * 1000 })
  const isDeadline = journey.lookup.failed === 'deadline'
  const { asked, release, profile } = sourceOf(journey)
  const tasks = []
  const context = { waitUntil: (task) => tasks.push(task) }
  const options = {
    personalization: personalizationOf(journey),
    environment: { ...journey.environment, LOOKUP_BUDGET_MS: isDeadline ? '60' : '10000' },
  }
  const answer = start({ ...options, profile })
  const fingerprint = async () =>
    fingerprintIn((await start({ ...options, profile: () => null })(STRANGER, context)).headers.getSetCookie(), journey)
  const request = requestOf(journey, journey.ticket && (await fingerprint()))

  if (journey.fetch?.when === 'after' && journey.lookup !== 'not asked') {
    // What the lookup brings was asked for after an earlier page.
    release()
    await answer(request, context)
    await Promise.all(tasks)
  }
  let isAnswered = false
  const answered = answer(request, context).finally(() => (isAnswered = true))
  if (journey.fetch?.when === 'before') {
    await meanwhile()
    assert.deepEqual([asked, isAnswered], [[journey.fetch.id], false], 'the page waits for its profile')
    if (!isDeadline) release()
  }
  const { isSent, headers, isUntouched, decisions } = await answered
  release()
  await Promise.all(tasks)

  assert.deepEqual(asked, journey.fetch ? [journey.fetch.id] : [])
  assertSetCookies(headers.getSetCookie(), journey)
  assert.deepEqual([isSent, headers.get('location')], [Boolean(journey.plan.redirect), journey.plan.redirect ?? null])
  if (decisions) assert.deepEqual(decisions, journey.plan.decisions ?? {})
  assertServerTiming(headers.get('server-timing'), journey)
  // What could still be told to a page makes it private, too, where the shell tells the page itself.
  const isTold = name.endsWith('could ask') && Object.keys(decisions).length > 0
  if (isForOneVisitor(journey) || isTold) assert.match(headers.get('cache-control'), /^private(?!.*(public|s-maxage))/)
  else assert.ok(isUntouched, 'the page is changed')
}

for (const name of Object.keys(shells)) {
  for (const journey of journeys) test(`through ${name}: ${journey.title}`, (t) => run(t, name, journey))
}
