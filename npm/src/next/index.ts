// `pintle/next`: the middleware of a Next.js app; on Next.js 16 its proxy.
//
// Next.js makes the page after the middleware has answered, so the lookup is waited for here, within its budget. What
// was decided travels with the request, for `pintle/next/server`.

import type { NextFetchEvent, NextRequest } from 'next/server.js'
import { NextResponse } from 'next/server.js'
import type { Plan } from '../core.js'
import type { Options } from '../settings.js'
import { type Asked, DECISIONS_HEADER, forged, site, writeVisitors } from '../site.js'

export type { Options, Personalization, Profile, ProfileFunction } from '../settings.js'

export type Middleware = (request: NextRequest, event?: NextFetchEvent) => Promise<Response>

/** Makes a middleware. Settings that are wrong are told in the log, and every request passes through. */
export function createMiddleware(options: Options = {}): Middleware {
  const made = site(options)
  return async (request, event) => {
    const waitUntil = (task: Promise<unknown>) => event?.waitUntil(task)
    const asked = asSeenFromOutside(request)
    // Next.js' own URL leaves out the app's `basePath`; under `trailingSlash` it ends in one.
    const answer = made.answer(asked, waitUntil, request.nextUrl.pathname.replace(/\/$/, ''))
    if (answer) return answer
    const plan = await made.plan(asked, waitUntil)
    // A link that is followed fetches data, and the server components in it are still this visitor's.
    const forwarded = plan.forwarded ?? made.forwarded(asked)
    const response = passedOn(request, forwarded)
    if (forwarded || plan.private) keepFromSharedCaches(plan, response.headers)
    return response
  }
}

/** The request with the host that the visitor asked for: Next.js' own URL has the server's. */
function asSeenFromOutside({ method, headers, url }: NextRequest): Asked {
  return {
    method,
    headers,
    get url() {
      const host = headers.get('x-forwarded-host') ?? headers.get('host')
      return host ? url.replace(/^([^:]*:\/\/)[^/]*/, (_, scheme) => scheme + host) : url
    },
  }
}

/** Lets the request pass, with the decisions, and without what somebody else wrote in our name. */
function passedOn(request: NextRequest, forwarded: string | null): NextResponse {
  const names = forged(request.headers)
  if (!forwarded && names.length === 0) return NextResponse.next()
  const headers = new Headers(request.headers)
  for (const name of names) headers.delete(name)
  if (forwarded) headers.set(DECISIONS_HEADER, forwarded)
  return NextResponse.next({ request: { headers } })
}

/**
 * Writes the plan, and says in every way that a page made for one visitor is theirs. Next.js keeps what is said here over
 * its own `s-maxage` of static pages. A `Cache-Control` that the page's own code sets replaces ours, though, and a page
 * that reads the decisions may call itself public by mistake: then `Vary` and the headers for shared caches alone
 * (RFC 9213 and its elders) still hold.
 */
function keepFromSharedCaches(plan: Plan, headers: Headers): void {
  // As Next.js says it of a page that was made for one request, but for `no-cache`: Next.js takes that for the
  // browser's, and would never answer 304.
  if (plan.private) headers.set('cache-control', 'private, no-store, max-age=0, must-revalidate')
  writeVisitors(plan, headers)
  headers.append('vary', 'Cookie')
  headers.set('cdn-cache-control', 'no-store')
  headers.set('surrogate-control', 'no-store')
  headers.set('x-accel-expires', '0')
}

/** The middleware of Next.js 14 and 15, with settings from the environment. */
export const middleware: Middleware = /* @__PURE__ */ createMiddleware()

/** The same for Next.js 16, where it is called a proxy. */
export const proxy: Middleware = middleware
