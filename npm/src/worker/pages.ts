// The Worker in front of a static site or an origin, on Cloudflare: its pages.

import type { Site } from '../shell/site.js'
import type { WaitUntil } from '../shell/wait_until.js'
import type { Context, Env } from './bindings.js'

/** Answers a request with the page, as its visitor gets it, or for one of Pintle's own paths. */
export function pages(request: Request, env: Env, context: Context, site: Site): Promise<Response> {
  const waitUntil: WaitUntil = (task) => context.waitUntil(task)
  const answer = site.endpoint(request, waitUntil)
  return answer ?? site.serve(request, () => pageOf(request, env, site), waitUntil).catch(unreachable)
}

function unreachable(error: unknown): Response {
  console.error('pintle: the site cannot be reached:', error)
  return new Response('The site cannot be reached.\n', { status: 502 })
}

/** The page from `ORIGIN_URL`, else from the static assets, else from wherever the zone would have sent the request. */
function pageOf(request: Request, { ASSETS }: Env, site: Site): Promise<Response> {
  if (!site.origin) return typeof ASSETS === 'object' ? ASSETS.fetch(request) : fetch(request)
  const rebased = new Request(site.origin + request.url.slice(request.url.indexOf('/', 8)), request)
  for (const name of site.forged(request.headers)) rebased.headers.delete(name)
  // So the origin learns which host the visitor asked for.
  rebased.headers.set('x-forwarded-host', request.headers.get('host') ?? '')
  return fetch(rebased)
}
