// `pintle/worker`: pages alone, for sites without a feed.

import type { Env, Worker } from './bindings.js'
import { onSchedule } from './growthbook.js'
import { pages } from './pages.js'
import { siteOf } from './site.js'

const worker: Worker = {
  fetch: (request, env: Env, context) => pages(request, env, context, siteOf(env)),
  scheduled: (_, env: Env, context) => context.waitUntil(onSchedule(env, siteOf(env))),
}
export default worker
