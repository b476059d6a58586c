// `pintle/next`: the middleware of a Next.js app; on Next.js 16 its proxy.
//
// Next.js makes the page after the middleware has answered, so the lookup is waited for here, within its budget. What
// was decided travels with the request, for `pintle/next/server`.

import type { NextFetchEvent, NextRequest } from 'next/server.js'
import { NextResponse } from 'next/server.js'
import type { Options } from '../settings.js'
import { DECISIONS_HEADER, forged, type Site, site, write } from '../site.js'

export type { Options, Personalization, Profile, ProfileFunction } from '../settings.js'

export type Middleware = (request: NextRequest, event?: NextFetchEvent) => Promise<Response>

/** What Next.js says of a page that was made for one request. */
const FOR_ONE_VISITOR = 'private, no-cache, no-store, max-age=0, must-revalidate'

/** Makes a middleware. Settings that are wrong are told in the log, and every request passes through. */
export function createMiddleware(options: Options = {}): Middleware {
  let made: Site | undefined
  return async (request, event) => {
    made ??= site(options)
    const waitUntil = (task: Promise<unknown>) => event?.waitUntil(task)
    const answer = made.answer(request, waitUntil)
    if (answer) return answer
    const plan = await made.plan(request, waitUntil)
    const response = passedOn(request, plan.forwarded)
    if (plan.private) {
      // Next.js writes its own Cache-Control where there is none; what it would say of a static page is for shared caches.
      response.headers.set('cache-control', FOR_ONE_VISITOR)
      write(plan, response.headers)
    }
    return response
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

/** The middleware of Next.js 14 and 15, with settings from the environment. */
export const middleware: Middleware = createMiddleware()

/** The same for Next.js 16, where it is called a proxy. */
export const proxy: Middleware = middleware
