// The sessions of tests/journeys/sessions/ through the installed package, on the real clock: an Activation API over HTTP, and
// in the place of KV a function of the site's own.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { personalizationOf } from '../journeys.mjs'
import { assertPage, isShort, pagesOf, replyOf, requestOfPage, sessions, VARIABLES } from '../sessions.mjs'
import { startServer } from '../worker/site.mjs'
import { imported } from './imported.mjs'

/** How much later than it should a busy machine may answer, in milliseconds. */
const LATE_MS = 2_000

const { fetch, next, server, dispose } = await imported({
  fetch: 'pintle/fetch',
  next: 'pintle/next',
  server: 'next/server.js',
})
after(dispose)

/** Each shell: what makes it, and how it answers a request. */
const shells = {
  'pintle/fetch': (options) => {
    const handle = fetch.createHandler(options)
    return ({ url, ...request }, context) => handle(new Request(url, request), () => new Response('the page'), context)
  },
  'pintle/next': (options) => {
    const middleware = next.createMiddleware(options)
    return ({ url, ...request }, context) => middleware(new server.NextRequest(url, request), context)
  },
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Both sources of a session: what they reply is what is left of `told`, and whom they were `asked` for is noted. */
class Sources {
  told = []
  asked = []

  #next(transport) {
    const { source, reply, afterMs } = replyOf({ transport }, this.told.shift())
    this.asked.push(source)
    return { reply, afterMs }
  }

  api = async (_, response) => {
    const { reply, afterMs } = this.#next('http')
    if (afterMs === Number.POSITIVE_INFINITY) return
    await sleep(afterMs)
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body)
  }

  profile = async (_, { signal }) => {
    const { reply, afterMs } = this.#next('function')
    if (afterMs === Number.POSITIVE_INFINITY) {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
    await sleep(afterMs)
    return reply.value === undefined ? null : JSON.parse(reply.value)
  }
}

async function run(t, start, session) {
  const lines = []
  t.mock.method(console, 'warn', (line) => lines.push(line))
  const sources = new Sources()
  const api = await startServer(sources.api)
  t.after(api.dispose)
  const { PROFILE_SOURCES, ...environment } = session.environment
  const answer = start({
    personalization: personalizationOf(session),
    environment: {
      ...VARIABLES,
      ACTIVATION_API_URL: `${api.url}/v1/activation`,
      // One that no test runs out of by chance.
      LOOKUP_BUDGET_MS: '10000',
      ...environment,
      PROFILE_SOURCES: PROFILE_SOURCES.replace('kv', 'function'),
    },
    profile: sources.profile,
  })
  const jars = new Map()
  for (const page of pagesOf(session)) {
    await sleep(page.later)
    Object.assign(sources, { told: [...page.replies], asked: [] })
    lines.length = 0
    const tasks = []
    const startedMs = performance.now()
    const { headers } = await answer(requestOfPage(page, jars), { waitUntil: (task) => tasks.push(task) })
    const waitedMs = performance.now() - startedMs
    if (page.waited !== undefined) {
      // A timer may be early by a part of a millisecond.
      assert.ok(waitedMs >= page.waited - 2, `it was waited for ${waitedMs} ms, and not ${page.waited}`)
      assert.ok(waitedMs < page.waited + LATE_MS, `it was waited for ${waitedMs} ms, and not ${page.waited}`)
    }
    // What goes on after the answer ends with what a source replies late, or not at all.
    await Promise.all(tasks)
    const { asked } = sources
    assertPage(page, { asked, cookies: headers.getSetCookie(), log: named(lines) }, jars)
    assert.equal(sources.told.length, 0, 'somebody is not asked')
  }
}

/** The log as it would be of a Worker's sources. */
const named = (lines) => lines.map((line) => line.replace('function failed', 'kv failed'))

for (const [name, start] of Object.entries(shells)) {
  for (const session of sessions) {
    const skip = isShort(session) ? false : 'it would have to be sat through; tests/wasm runs it on a clock of its own'
    test(`through ${name}: session: ${session.name}`, { skip }, (t) => run(t, start, session))
  }
}
