// `pintle/next/decision`: the route handler of `GET /_pintle/decision`, for apps without the middleware.
//
// It stands in `app/%5Fpintle/decision/route.ts`: Next.js keeps folders that begin with an underscore for itself.

import { given } from '../shell/given.js'
import type { Options } from '../shell/options.js'
import { Site } from '../shell/site.js'

/** Makes the route handler. */
export function createDecisionRoute(options: Options = {}): (request: Request) => Promise<Response> {
  const site = new Site(given(options, 'decisions'))
  return (request) => site.decide(request, (task) => task.catch(() => {}))
}

/** The route handler, with settings from the environment. */
export const GET: (request: Request) => Promise<Response> = /* @__PURE__ */ createDecisionRoute()
