// `pintle/worker`: pages alone, for sites without a feed.

import type { Env, Worker } from './bindings.js'
import { pages } from './pages.js'
import { siteOf } from './site.js'

const worker: Worker = {
  fetch: (request, env: Env, context) => pages(request, env, context, siteOf(env)),
}
export default worker
