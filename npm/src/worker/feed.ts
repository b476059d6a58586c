// `pintle/worker/feed`: pages, and the feed that profiles are asked of.

import { feed } from '../feed.js'
import { type Context, type Env, pages, type Worker } from './pages.js'

const worker: Worker = {
  fetch: (request: Request, env: Env, context: Context) => feed(request, env, context) ?? pages(request, env, context),
}
export default worker
