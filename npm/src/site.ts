// A site that Pintle serves: its settings, and what happens to a request from the first look to the plan.
//
// Nothing here throws at a request: whatever fails, the page is served as it would be without Pintle.

import { Core, type Incoming, Mistakes, type Plan, type Visitor, version, warmUp } from './core.js'
import { instance } from './instance.js'
import { Lookup, type WaitUntil } from './lookup.js'
import { ambient, known, type Options, text } from './settings.js'

/** The header that tells the page's own server what was decided. */
export const DECISIONS_HEADER = 'x-pintle-decisions'
const OUR_HEADERS = 'x-pintle-'

/** Nothing is to be done. */
const NOTHING: Plan = {
  setCookies: [],
  private: false,
  decisions: {},
  answer: '{"decisions":{}}',
  forwarded: null,
  serverTiming: null,
  explained: null,
}

/** A request, as much of it as matters here. */
export interface Asked extends Incoming {
  readonly headers: Headers
}

export interface Site {
  /** What is to be done about a request for a page. */
  plan(request: Asked, waitUntil: WaitUntil): Promise<Plan> | Plan
  /** The header for the page's own server on a request that is no page view: what a ticket says, if there is one. */
  forwarded(request: Asked): string | null
  /** The answer to a request for one of Pintle's own paths; `undefined` for every other. `path` begins at the site's root. */
  answer(request: Asked, waitUntil: WaitUntil, path?: string): Promise<Response> | undefined
  /** The answer of the decision endpoint, wherever it stands. */
  decide(request: Asked, waitUntil: WaitUntil): Promise<Response>
}

/** Whether this is Node.js itself, and not an isolate, where nothing may happen before the first request. */
const IS_NODE = typeof process === 'object' && typeof process.versions?.node === 'string'

/**
 * Checks the settings. Wrong ones are told in the log at the first request, and the site is served unpersonalised.
 */
export function site(options: Options): Site {
  const environment = known(options.environment ?? ambient())
  const { profile, address = writtenByTheProxy } = options
  const { core, health, warning } = checked(options, environment)
  let isTold = false

  /** Says once what is wrong. Not when the module is loaded: many are that serve nothing. */
  function tell(): void {
    if (isTold) return
    isTold = true
    if (!core) console.error(warning)
    else if (warning) console.warn(warning)
  }

  /** Looks the visitor up, as far as that is needed, and decides. */
  function respond(core: Core, visitor: Visitor, waitUntil: WaitUntil): Promise<Plan> | Plan {
    if (!visitor.fetch) return visitor.respond('"not asked"')
    const { when, id } = visitor.fetch
    const remembered = core.enter((pintle) => pintle.recall(id, Date.now()))
    if (remembered) return visitor.respond(remembered)
    const lookup = new Lookup(core, profile, id)
    if (when === 'after') {
      lookup.later(waitUntil)
      return visitor.respond('"not asked"')
    }
    const startedMs = Date.now()
    return lookup.withinTheBudget(waitUntil).then((outcome) => visitor.respond(outcome, Date.now() - startedMs))
  }

  return {
    plan(request, waitUntil) {
      tell()
      if (!core) return NOTHING
      try {
        const plan = respond(core, core.identify(request), waitUntil)
        return plan instanceof Promise ? plan.catch(withoutPintle) : plan
      } catch (error) {
        return withoutPintle(error)
      }
    },

    forwarded(request) {
      if (!core || !request.headers.get('cookie')?.includes('pintle_ticket=')) return null
      try {
        return core.enter((pintle) => pintle.forwarded(request, Date.now())) ?? null
      } catch (error) {
        return withoutPintle(error).forwarded
      }
    },

    answer(request, waitUntil, path = request.url.replace(/^[^:]*:\/\/[^/]*|[?#].*$/g, '')) {
      if (path === '/_pintle/health') return Promise.resolve(json(core ? 200 : 503, health))
      return path === '/_pintle/decision' ? this.decide(request, waitUntil) : undefined
    },

    async decide(request, waitUntil) {
      tell()
      if (!core) return json(503, '{"error":"the settings are wrong: the log tells how"}')
      // Read where nothing is caught: what Next.js throws here tells it that the answer depends on the request.
      const from = address(request.headers)
      const decided = async () => {
        const visitor = core.identifyAsking(request, from)
        return 'status' in visitor ? visitor : respond(core, visitor, waitUntil)
      }
      const plan = await decided().catch(withoutPintle)
      if ('status' in plan) {
        const response = json(plan.status, plan.body)
        if (plan.header) response.headers.set(...plan.header)
        return response
      }
      const response = json(200, plan.answer)
      for (const cookie of plan.setCookies) response.headers.append('set-cookie', cookie)
      return response
    },
  }
}

interface Checked {
  core?: Core
  /** The body of `/_pintle/health`. */
  health: string
  warning?: string
}

function checked(options: Options, environment: Record<string, string | undefined>): Checked {
  try {
    const core = new Core(text(options.personalization, environment), environment, options.profile ? ['function'] : [])
    if (IS_NODE) warmUp(core)
    const warning =
      'pintle: TICKET_KEYS is not set: every page view looks its visitor up; `npx pintle keygen` makes a key'
    return { core, health: core.health, ...(core.hasTickets ? {} : { warning }) }
  } catch (error) {
    // Without the core (the module could not be started) nobody can tell more than that.
    const isChecked = error instanceof Mistakes
    const mistakes = isChecked ? error.mistakes : [{ at: 'pintle', what: String(error) }]
    const list = mistakes.map(({ at, what }) => `\n  ${at}: ${what}`).join('')
    const warning = `pintle: the site is served unpersonalised, as its settings are wrong:${list}`
    const health = { status: 'unpersonalised', ...(isChecked && { version: version() }), mistakes }
    return { health: JSON.stringify(health), warning }
  }
}

function withoutPintle(error: unknown): Plan {
  console.error('pintle: a page is served without personalization:', error)
  return NOTHING
}

/** JSON that nobody keeps. */
function json(status: number, body: string): Response {
  return new Response(body, { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } })
}

/** Where a request came from, as the server or platform before us wrote it; it writes at the end of the list. */
function writtenByTheProxy(headers: Headers): string {
  return headers.get('x-real-ip') ?? headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() ?? ''
}

/** Headers that say something in our name, and came from outside. */
export function forged(headers: Headers): string[] {
  return [...headers.keys()].filter((name) => name.startsWith(OUR_HEADERS))
}

/** Writes what is for the visitor alone. */
export function writeVisitors(plan: Plan, headers: Headers): void {
  for (const cookie of plan.setCookies) headers.append('set-cookie', cookie)
  if (plan.serverTiming) headers.append('server-timing', plan.serverTiming)
}

/** Writes a plan into the headers of the response to one visitor: all of it, or nothing when that fails. */
export function write(plan: Plan, headers: Headers): void {
  if (!plan.private) return
  try {
    const [cacheControl, shared] = instance().enter((glue) => [
      glue.privateCacheControl(headers.get('cache-control') ?? undefined),
      glue.sharedCacheHeaders(),
    ])
    headers.set('cache-control', cacheControl)
    for (const name of shared.split(',')) headers.delete(name)
    writeVisitors(plan, headers)
  } catch (error) {
    withoutPintle(error)
  }
}
