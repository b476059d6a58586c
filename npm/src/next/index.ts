// `pintle/next`: the middleware of a Next.js app; on Next.js 16 its proxy.
//
// Next.js makes the page after the middleware has answered, so the lookup is waited for here, within its budget. What
// was decided travels with the request, for `pintle/next/server`.

import type { NextFetchEvent, NextRequest } from 'next/server.js'
import { NextResponse } from 'next/server.js'
import { instead, write } from '../shell/apply.js'
import { given } from '../shell/given.js'
import type { Options } from '../shell/options.js'
import { type Asked, Site } from '../shell/site.js'

export type { Options, Personalization, PersonalizationFunction, Profile, ProfileFunction } from '../shell/options.js'

export type Middleware = (request: NextRequest, event?: NextFetchEvent) => Promise<Response>

/** Makes a middleware. Settings that are wrong are told in the log, and every request passes through. */
export function createMiddleware(options: Options = {}): Middleware {
  const site = new Site(given(options, 'ahead'))
  return async (request, event) => {
    const waitUntil = (task: Promise<unknown>) => event?.waitUntil(task)
    const asked = asSeenFromOutside(request)
    // Next.js' own URL leaves out the app's `basePath`; under `trailingSlash` it ends in one.
    const answer = site.endpoint(asked, waitUntil, request.nextUrl.pathname.replace(/\/$/, ''))
    if (answer) return answer
    // A link that is followed fetches data, and the server components in it are still this visitor's.
    const plan = (await site.plan(asked, waitUntil)) ?? site.forwarded(asked)
    const own = instead(plan)
    if (own) return own
    const response = passedOn(site, request, plan?.forwarded)
    if (plan) write(plan, response.headers)
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
function passedOn(site: Site, request: NextRequest, forwarded: string | undefined): NextResponse {
  const names = site.forged(request.headers)
  if (!forwarded && names.length === 0) return NextResponse.next()
  const headers = new Headers(request.headers)
  for (const name of names) headers.delete(name)
  if (forwarded) headers.set(site.decisionsHeader, forwarded)
  return NextResponse.next({ request: { headers } })
}

/** The middleware of Next.js 14 and 15, with settings from the environment. */
export const middleware: Middleware = /* @__PURE__ */ createMiddleware()

/** The same for Next.js 16, where it is called a proxy. */
export const proxy: Middleware = middleware
