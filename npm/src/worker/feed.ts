// `pintle/worker/feed`: pages, and the feed that profiles are asked of.

import { feed } from '../feed.js'
import { type Context, type Env, pages } from './pages.js'

export default {
  fetch: (request: Request, env: Env, context: Context): Promise<Response> =>
    feed(request, env, context) ?? pages(request, env, context),
}
