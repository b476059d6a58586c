// The Worker in front of a static site or an origin, on Cloudflare: its pages.

import builtIn from 'pintle/personalization.json'
import type { WaitUntil } from '../shell/after.js'
import { text } from '../shell/environment.js'
import { Site } from '../shell/site.js'
import type { KvNamespace } from '../shell/transport/kv.js'
import type { ObjectNamespace } from '../shell/transport/object.js'

/** The bindings that are used, beside variables and secrets. */
export interface Env extends Record<string, unknown> {
  ASSETS?: { fetch(request: Request): Promise<Response> }
  PROFILES?: KvNamespace
  PEOPLE?: ObjectNamespace
}

export interface Context {
  waitUntil(task: Promise<unknown>): void
}

/** A Worker, as one of the site's own hands requests on to it: whatever type that has for its bindings. */
export interface Worker {
  fetch(request: Request, env: unknown, context: Context): Promise<Response>
}

/** Made of the first request's environment, which is the same for all requests of an isolate. */
let site: Site | undefined

/** The text of the `personalization.json` in the environment, else of the one that is built in. */
export function personalizationOf(env: Env): string {
  return text(undefined, env) ?? text(builtIn, {}) ?? ''
}

/** The site that an environment makes. */
export function siteOf(env: Env): Site {
  site ??= made(env)
  return site
}

function made(env: Env): Site {
  const { PROFILES, PEOPLE } = env
  return new Site({
    personalization: personalizationOf(env),
    // Cloudflare writes the visitor's address here, whatever came from outside.
    environment: { DECISION_ADDRESS_HEADER: 'cf-connecting-ip', ...env },
    brought: {
      kv: typeof PROFILES === 'object' ? PROFILES : undefined,
      people: typeof PEOPLE === 'object' ? PEOPLE : undefined,
    },
    delivers: 'response',
  })
}

/** Answers a request with the page, as its visitor gets it, or for one of Pintle's own paths. */
export function pages(request: Request, env: Env, context: Context): Promise<Response> {
  const site = siteOf(env)
  const waitUntil: WaitUntil = (task) => context.waitUntil(task)
  const answer = site.endpoint(request, waitUntil)
  return answer ?? site.serve(request, () => pageOf(request, env), waitUntil).catch(unreachable)
}

function unreachable(error: unknown): Response {
  console.error('pintle: the site cannot be reached:', error)
  return new Response('The site cannot be reached.\n', { status: 502 })
}

/** The page from `ORIGIN_URL`, else from the static assets, else from wherever the zone would have sent the request. */
function pageOf(request: Request, { ASSETS }: Env): Promise<Response> {
  if (!site?.origin) return typeof ASSETS === 'object' ? ASSETS.fetch(request) : fetch(request)
  const rebased = new Request(site.origin + request.url.slice(request.url.indexOf('/', 8)), request)
  for (const name of site.forged(request.headers)) rebased.headers.delete(name)
  // So the origin learns which host the visitor asked for.
  rebased.headers.set('x-forwarded-host', request.headers.get('host') ?? '')
  return fetch(rebased)
}
