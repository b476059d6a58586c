// A site that Pintle serves: what happens to a request from the first look to the plan.
//
// Nothing here throws at a request: whatever fails, the page is served as it would be without Pintle.

import type { Core, Incoming } from '../core/core.js'
import type { Visit } from '../core/visit.js'
import type { Answer, Mistake, Plan, Step } from '../core/wire.js'
import { after } from './after.js'
import { answered, applied, instead } from './apply.js'
import { plainOrigin } from './environment.js'
import { type Exposures, exposuresOf } from './exposures.js'
import type { Given } from './given.js'
import { drive } from './lookup.js'
import { Running } from './running.js'
import { withoutPintle } from './trouble.js'
import type { WaitUntil } from './wait_until.js'

/** A request, as much of it as matters here. */
export interface Asked extends Incoming {
  readonly headers: Headers
}

/** What the contract says of them, for when there is no core to ask. */
const OWN_HEADERS = 'x-pintle-'

export class Site {
  readonly #given: Given
  readonly #running: Running
  readonly #exposures: Exposures | undefined

  constructor(given: Given) {
    this.#given = given
    this.#exposures = exposuresOf(given.environment)
    this.#running = new Running(given, this.#exposures)
  }

  get #core(): Core | undefined {
    return this.#running.core
  }

  /** The text of the one that is deployed. */
  get deployed(): string {
    return this.#given.personalization
  }

  /** All that is wrong with a personalization, were it published. */
  wrong(personalization: string): Mistake[] {
    return this.#running.wrong(personalization)
  }

  /** The text of the personalization that runs, as soon as it is known which. */
  async personalization(waitUntil: WaitUntil): Promise<string> {
    await this.#running.look(waitUntil)
    return this.#running.text
  }

  /** Where pages come from by `ORIGIN_URL`, if they do: also when there is no core to read it. */
  get origin(): string | undefined {
    return this.#core ? this.#core.origin : plainOrigin(this.#given.environment)
  }

  /** The page that `page` brings, as the visitor gets it. It rejects only where that does. */
  serve(request: Asked, page: () => Promise<Response>, waitUntil: WaitUntil): Promise<Response> {
    let coming: Promise<Response> | undefined
    const once = () => (coming ??= page())
    const plan = this.plan(request, waitUntil, once)
    if (!plan) return once()
    const served = (plan: Plan | undefined) => {
      const own = instead(plan, coming)
      return own ? Promise.resolve(own) : once().then((response) => this.applied(plan, response))
    }
    return plan instanceof Promise ? beside(plan, once()).then(served) : served(plan)
  }

  /** The response as the plan wants it, or as it is where that is not possible. */
  applied(plan: Plan | undefined, response: Response): Response {
    if (!plan || !this.#core) return response
    try {
      return applied(plan, response, this.#core)
    } catch (error) {
      withoutPintle(error)
      return response
    }
  }

  /**
   * What is to be done about a request for a page; nothing where nothing is. `page` asks for the page; it is called once
   * what must be looked up is on its way, and only where something must be.
   */
  plan(
    request: Asked,
    waitUntil: WaitUntil,
    page?: () => Promise<Response>,
  ): Plan | Promise<Plan | undefined> | undefined {
    // Beside the page, where it is not known yet what runs.
    const looked = this.#running.look(waitUntil)
    if (!looked) return this.#planned(request, waitUntil, page)
    page?.().catch(() => {})
    return looked.then(() => this.#planned(request, waitUntil, page))
  }

  #planned(request: Asked, waitUntil: WaitUntil, page?: () => Promise<Response>) {
    try {
      this.#running.tell()
      const visit = this.#core?.identify(request)
      return visit && this.#respond(visit, waitUntil, page)
    } catch (error) {
      return withoutPintle(error)
    }
  }

  /** What is to be done about a request that is no page view, but whose page's server is to know what a ticket says. */
  forwarded(request: Asked): Plan | undefined {
    try {
      return this.#core?.forwarded(request)
    } catch (error) {
      return withoutPintle(error)
    }
  }

  /** The answer to a request for one of Pintle's own paths; nothing for every other. `path` begins at the site's root. */
  endpoint(request: Asked, waitUntil: WaitUntil, path?: string): Promise<Response> | undefined {
    // Every request comes by here, and nearly none of them for us.
    if (!(path ?? request.url).includes(this.#core?.contract.paths ?? HEALTH)) return undefined
    try {
      const at = path ?? pathOf(request.url)
      if (!this.#core) return at === HEALTH ? Promise.resolve(answered(unstarted(this.#running.why))) : undefined
      switch (this.#core.endpoint(at)) {
        case 'health':
          return this.#health(waitUntil, this.#core)
        case 'decisions':
          return this.decide(request, waitUntil)
        default:
          return undefined
      }
    } catch (error) {
      withoutPintle(error)
      return undefined
    }
  }

  async #health(waitUntil: WaitUntil, core: Core): Promise<Response> {
    await this.#running.look(waitUntil)
    return answered(await this.#running.health(this.#core ?? core))
  }

  /** The answer of the decision endpoint, wherever it stands. */
  async decide(request: Asked, waitUntil: WaitUntil): Promise<Response> {
    await this.#running.look(waitUntil)
    this.#running.tell()
    // Read where nothing is caught: what Next.js throws here tells it that the answer depends on the request.
    const from = this.#given.address?.(request.headers)
    try {
      const visit = this.#core?.identifyAsking(request, from)
      const refusal = visit?.refusal()
      if (refusal) visit?.end()
      const plan = refusal ? undefined : visit && (await this.#respond(visit, waitUntil))
      const answer = refusal ?? plan?.answer
      if (answer) return answered(answer)
    } catch (error) {
      withoutPintle(error)
    }
    return answered(this.#core ? json(200, { decisions: {} }) : json(503, { error: 'the log tells what is wrong' }))
  }

  /** Whose request this is, by its cookie. */
  visitor(request: Asked): string | undefined {
    try {
      return this.#core?.visitor(request)
    } catch (error) {
      return withoutPintle(error)
    }
  }

  /** The answer to a visitor's own event, with what a page would have got after it. */
  told(request: Asked, snapshot: string | undefined, answer: Response, waitUntil: WaitUntil): Response {
    try {
      const plan = this.#core?.told(request, snapshot)
      if (plan?.exposures) this.#exposures?.add(plan.exposures, waitUntil)
      for (const line of plan?.log ?? []) console.warn(line)
      return this.applied(plan, answer)
    } catch (error) {
      withoutPintle(error)
      return answer
    }
  }

  /** Headers of a request that say something in our name, and came from outside. */
  forged(headers: Headers): string[] {
    const ours = this.#core?.contract.ownHeaders ?? OWN_HEADERS
    return [...headers.keys()].filter((name) => name.startsWith(ours))
  }

  /** The name of the header that tells the page's own server what was decided. */
  get decisionsHeader(): string {
    return this.#core?.contract.decisionsHeader ?? ''
  }

  /** Looks the visitor up, as far as that is needed, and decides. */
  #respond(
    visit: Visit,
    waitUntil: WaitUntil,
    page?: () => Promise<Response>,
  ): Plan | Promise<Plan | undefined> | undefined {
    const step = visit.next()
    if (step) return this.#lookUp(visit, step, waitUntil, page)
    const plan = visit.respond()
    after(plan, visit, { brought: this.#given.brought, exposures: this.#exposures, waitUntil })
    return plan
  }

  async #lookUp(
    visit: Visit,
    step: Step,
    waitUntil: WaitUntil,
    page?: () => Promise<Response>,
  ): Promise<Plan | undefined> {
    const { brought } = this.#given
    const startedMs = Date.now()
    try {
      const flight = await drive(visit, step, brought, { page })
      const plan = visit.respond(Date.now() - startedMs)
      after(plan, visit, { brought, exposures: this.#exposures, flight, waitUntil })
      return plan
    } catch (error) {
      return withoutPintle(error)
    }
  }
}

/** The plan, while the page comes whether it is needed or not: where that fails first, nobody waits for the plan. */
export const beside = <T>(plan: Promise<T>, page: Promise<unknown>): Promise<T> =>
  Promise.race([plan, page.then(() => plan)])

const pathOf = (url: string) => url.replace(/^[^:]*:\/\/[^/?#]*|[?#].*$/g, '')

/** Where it is told how all does, also where the core cannot say it itself. */
export const HEALTH = '/_pintle/health'

/** What health is where there is no core: as the core's own. */
const unstarted = (why: unknown): Answer =>
  json(503, { status: 'unpersonalised', mistakes: [{ at: 'pintle', what: `the module cannot be started: ${why}` }] })

/** JSON that nobody keeps. */
const json = (status: number, body: unknown): Answer => ({
  status,
  headers: [
    ['content-type', 'application/json'],
    ['cache-control', 'no-store'],
  ],
  body: JSON.stringify(body),
})
