// `pintle/worker/feed`: pages, and the feed that people are made by and profiles are asked of.

import { feed, health } from '../feed.js'
import { HEALTH, type Site } from '../shell/site.js'
import type { Context, Env, Worker } from './bindings.js'
import { fedSiteOf } from './fed_site.js'
import { PATH as GROWTHBOOK, onChange, onSchedule } from './growthbook/index.js'
import { withFeed } from './health.js'
import { pages } from './pages.js'

export { Person } from './person.js'

const worker: Worker = {
  fetch(request: Request, env: Env, context: Context) {
    const sender = new Sender(request, () => fedSiteOf(env))
    const answer = feed(request, env, context, () => personalizationOf(env, context), sender)
    if (!answer) return served(request, env, context)
    return answer.then((answer) =>
      answer ? sender.answered(answer, context) : pages(request, env, context, fedSiteOf(env)),
    )
  },
  scheduled: (_, env: Env, context) => context.waitUntil(onSchedule(env, fedSiteOf(env))),
}

const personalizationOf = (env: Env, context: Context) =>
  fedSiteOf(env).personalization((task) => context.waitUntil(task))

/** The page, or what the health is of both; or what is written in GrowthBook is published. */
function served(request: Request, env: Env, context: Context): Promise<Response> {
  if (request.url.includes(GROWTHBOOK) && new URL(request.url).pathname === GROWTHBOOK)
    return onChange(request, env, fedSiteOf(env))
  const page = pages(request, env, context, fedSiteOf(env))
  if (!request.url.includes(HEALTH) || new URL(request.url).pathname !== HEALTH) return page
  return personalizationOf(env, context).then(async (personalization) => {
    const feed = health(env, personalization)
    return feed ? withFeed(await page, feed, env.PROFILES) : page
  })
}

export default worker

/**
 * Whoever sends events from a page of the site. The answer to their own event is what a page would have got after it: so
 * only an event of the very id that the request's own cookie has counts as theirs, since anybody may send any id.
 */
class Sender {
  readonly #request: Request
  readonly #site: () => Site
  #news: { snapshot: string | undefined } | undefined

  constructor(request: Request, site: () => Site) {
    this.#request = request
    this.#site = site
  }

  get id(): string | undefined {
    return this.#site().visitor(this.#request)
  }

  get continent(): string | undefined {
    return this.#place?.continent
  }

  get longitude(): number | undefined {
    const degrees = Number(this.#place?.longitude)
    return Number.isFinite(degrees) ? degrees : undefined
  }

  /** Where Cloudflare has the request from. A server that sends events is elsewhere than those whom they are about. */
  get #place(): { continent?: string; longitude?: string } | undefined {
    const { headers, cf } = this.#request as Request & { cf?: { continent?: string; longitude?: string } }
    return headers.has('origin') || headers.has('sec-fetch-site') ? cf : undefined
  }

  tells(snapshot: string | undefined): void {
    this.#news = { snapshot }
  }

  answered(answer: Response, context: Context): Response {
    return this.#news && answer.ok
      ? this.#site().told(this.#request, this.#news.snapshot, answer, (task) => context.waitUntil(task))
      : answer
  }
}
