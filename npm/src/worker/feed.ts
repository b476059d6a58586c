// `pintle/worker/feed`: pages, and the feed that people are made by and profiles are asked of.

import { feed } from '../feed.js'
import { type Context, type Env, pages, personalizationOf, type Worker } from './pages.js'

export { Person } from './person.js'

const worker: Worker = {
  fetch(request: Request, env: Env, context: Context) {
    const answer = feed(request, env, context, () => personalizationOf(env))
    if (!answer) return pages(request, env, context)
    return answer.then((answer) => answer ?? pages(request, env, context))
  },
}
export default worker
