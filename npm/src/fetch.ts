// `pintle/fetch`: one handler of web-standard Requests and Responses, around whatever answers them.
//
// The page and the profile are fetched at the same time, as on Cloudflare. For Hono, Astro, SvelteKit, Remix, Deno,
// Bun and Node.js servers.

import type { Plan } from './core.js'
import type { WaitUntil } from './lookup.js'
import type { Options } from './settings.js'
import { forged, site, write } from './site.js'

export type { Options, Personalization, Profile, ProfileFunction } from './settings.js'

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
  const served = site(options)
  return async (request, next, context) => {
    const waitUntil: WaitUntil = (task) => {
      if (context?.waitUntil) context.waitUntil(task)
      else task.catch(() => {})
    }
    const answer = served.answer(request, waitUntil)
    if (answer) return answer
    const planned = served.plan(request, waitUntil)
    let isForOneVisitor = false
    const decisions = async () => {
      isForOneVisitor = true
      return (await planned).decisions
    }
    const [plan, page] = await Promise.all([planned, next(withoutForged(request), { decisions })])
    return apply(isForOneVisitor ? { ...plan, private: true } : plan, page)
  }
}

function withoutForged(request: Request): Request {
  const names = forged(request.headers)
  if (names.length === 0) return request
  const headers = new Headers(request.headers)
  for (const name of names) headers.delete(name)
  return new Request(request, { headers })
}

/** The response as the plan wants it; one that gets nothing leaves as it came. */
function apply(plan: Plan, response: Response): Response {
  // A switched protocol and a network error cannot be copied, and carry no page.
  if (!plan.private || response.status < 200) return response
  const copy = new Response(response.body, response)
  write(plan, copy.headers)
  return copy
}
