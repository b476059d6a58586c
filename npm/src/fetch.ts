// `pintle/fetch`: one handler of web-standard Requests and Responses, around whatever answers them.
//
// The page and the profile are fetched at the same time, as on Cloudflare. For Hono, Astro, SvelteKit, Remix, Deno,
// Bun and Node.js servers.

import type { Plan } from './core/wire.js'
import { instead } from './shell/apply.js'
import { given } from './shell/given.js'
import type { Options } from './shell/options.js'
import { beside, Site } from './shell/site.js'
import { tell } from './shell/trouble.js'
import type { WaitUntil } from './shell/wait_until.js'

export type { Options, Personalization, PersonalizationFunction, Profile, ProfileFunction } from './shell/options.js'

/** Answers a request as it would be without Pintle. */
export type Next = (request: Request, visit: Visit) => Promise<Response> | Response

/** The visit that a page is made for. */
export interface Visit {
  /**
   * What was decided, by feature; `{}` when nothing was. A page that waits for it waits for the lookup, and is kept by no
   * shared cache.
   */
  decisions(): Promise<Record<string, unknown>>
}

export type Handler = (
  request: Request,
  next: Next,
  context?: { waitUntil?: (task: Promise<unknown>) => void },
) => Promise<Response>

/** Makes the handler. Settings that are wrong are told in the log, and every request passes through. */
export function createHandler(options: Options = {}): Handler {
  const site = new Site(given(options, 'decisions'))
  return async (request, next, context) => {
    if (typeof request?.headers?.get !== 'function') throw new TypeError(NO_REQUEST)
    const waitUntil: WaitUntil = (task) => {
      if (context?.waitUntil) context.waitUntil(task)
      else task.catch(() => {})
    }
    const answer = site.endpoint(request, waitUntil)
    if (answer) return answer
    let decide: (plan: Plan | Promise<Plan | undefined> | undefined) => void = () => {}
    const decided = new Promise<Plan | undefined>((resolve) => {
      decide = resolve
    })
    const asking = new Asking(decided)
    let coming: Promise<Response> | undefined
    const made = async () => next(withoutForged(site, request), asking)
    const page = () => (coming ??= made())
    const planned = site.plan(request, waitUntil, page)
    decide(planned)
    const plan = planned instanceof Promise ? await beside(decided, page()) : planned
    return instead(plan, coming) ?? asking.leaves(site, plan, await page(), next)
  }
}

/** What a page asks, and what that makes of it. */
class Asking implements Visit {
  readonly #decided: Promise<Plan | undefined>
  #hasAsked = false
  /** Whether the response has left for everybody: what is told of this visitor must not get into it. */
  #isTooLate = false

  constructor(decided: Promise<Plan | undefined>) {
    this.#decided = decided
  }

  // An own property, so that it can be taken out of the visit.
  readonly decisions = async (): Promise<Record<string, unknown>> => {
    this.#hasAsked = true
    if (this.#isTooLate) {
      tell(TOO_LATE)
      return {}
    }
    return (await this.#decided)?.decisions ?? {}
  }

  /**
   * The response as it leaves now. A page that asked is made for one visitor, and so is one that streams on and could still
   * ask: its function takes the visit, and there is something to be told.
   */
  leaves(site: Site, plan: Plan | undefined, response: Response, next: Next): Response {
    const couldTell = response.body !== null && Object.keys(plan?.decisions ?? {}).length > 0
    const isForOne = this.#hasAsked || (couldTell && next.length > 1)
    const whole = isForOne ? { ...NOTHING, ...plan, private: true } : plan
    const leaving = site.applied(whole, response)
    this.#isTooLate = couldTell && !(whole?.private && leaving !== response)
    return leaving
  }
}

const NOTHING: Plan = { private: false, headers: [], later: false, log: [] }

const NO_REQUEST =
  'pintle/fetch takes a Request of the Fetch standard: put an adapter such as @hono/node-server between it and node:http'
const TOO_LATE =
  'pintle: a page asked for its decisions after its head had left for everybody, and gets none: let its function take the visit as its second parameter'

function withoutForged(site: Site, request: Request): Request {
  const names = site.forged(request.headers)
  if (names.length === 0) return request
  const headers = new Headers(request.headers)
  for (const name of names) headers.delete(name)
  return new Request(request, { headers })
}
