// The core as the rest of the package calls it: typed, and apart from how it crosses into wasm.

import type { Identified, Incoming, Pintle } from './glue.js'
import { type Instance, instance } from './instance.js'

export type { Incoming } from './glue.js'

/** What is wrong, and where: a JSON path of personalization.json, or the name of a variable. */
export interface Mistake {
  at: string
  what: string
}

/** Settings that cannot run, with everything that is wrong with them. */
export class Mistakes extends Error {
  override readonly name = 'Mistakes'
  readonly mistakes: Mistake[]

  constructor(mistakes: Mistake[]) {
    super(mistakes.map(({ at, what }) => `${at}: ${what}`).join('\n'))
    this.mistakes = mistakes
  }
}

/** How a lookup ended, as the core reads and writes it: JSON text. */
export type Outcome = string

/** All that is to be done to a response. */
export interface Plan {
  setCookies: string[]
  /** Whether no shared cache may keep the response. */
  private: boolean
  decisions: Record<string, unknown>
  /** The body of the decision endpoint. */
  answer: string
  /** The header that tells the page's own server. */
  forwarded: string | null
  serverTiming: string | null
  explained: Omit<Explained, 'setCookies'> | null
}

/** A refusal of the decision endpoint. */
export interface Refusal {
  status: number
  body: string
  header: [name: string, value: string] | null
}

/** What is decided and why. */
export interface Explained {
  visitor: string
  lookup: string | null
  decisions: { feature: string; value: unknown; reason: string }[]
  cookies: string[]
  setCookies: string[]
}

/** Settings that were checked. They outlive the instance of the module that checked them. */
export class Core {
  readonly #given: [personalization: string, variables: string, brings: string]
  #made: { in: Instance; pintle: Pintle }
  readonly sources: readonly string[]
  readonly budgetMs: number
  readonly hasTickets: boolean
  /** The body of `/_pintle/health`. */
  readonly health: string

  /** Throws `Mistakes` when the settings cannot run. `brings` names the sources that the caller brings. */
  constructor(personalization: string, environment: Record<string, string | undefined>, brings: string[]) {
    this.#given = [personalization, JSON.stringify(environment), JSON.stringify(brings)]
    try {
      this.#made = this.#make()
    } catch (error) {
      const mistakes = listed((error as Error).message)
      throw mistakes ? new Mistakes(mistakes) : error
    }
    const settings = JSON.parse(this.enter((pintle) => pintle.settings()))
    this.sources = settings.sources
    this.budgetMs = settings.budgetMs
    this.hasTickets = settings.hasTickets
    this.health = settings.health
  }

  #make() {
    const running = instance()
    return { in: running, pintle: running.enter((glue) => new glue.Pintle(...this.#given)) }
  }

  enter<T>(call: (pintle: Pintle) => T): T {
    if (this.#made.in.hasTrapped) this.#made = this.#make()
    return this.#made.in.enter(() => call(this.#made.pintle))
  }

  /** Who sent this request? */
  identify(request: Incoming, nowMs = Date.now()): Visitor {
    const identified = this.enter((pintle) => pintle.identify(request, nowMs))
    return new Visitor(identified, this.#made.in)
  }

  /** Who asks the decision endpoint? */
  identifyAsking(request: Incoming, address: string): Visitor | Refusal {
    try {
      const identified = this.enter((pintle) => pintle.identifyAsking(request, address, Date.now()))
      return new Visitor(identified, this.#made.in)
    } catch (error) {
      if (this.#made.in.hasTrapped) throw error
      return JSON.parse((error as Error).message)
    }
  }
}

/**
 * Walks through the visit of nobody in particular, and of the same with a ticket. The runtime compiles the module's
 * functions when they are first called: better at the program's start than at the expense of its first visitor.
 */
export function warmUp(core: Core): void {
  const visit = (cookies: string[]) => {
    const headers = new Headers({ accept: 'text/html', 'user-agent': 'Mozilla/5.0', cookie: cookies.join('; ') })
    return core.identify({ method: 'GET', url: 'http://localhost/', headers })
  }
  const cookies = ['rl_anonymous_id=RS_ENC_v3_Im5vYm9keSI%3D']
  const { setCookies } = visit(cookies).respond('{"found":{},"source":"function"}', 0)
  visit([...cookies, ...setCookies.map((cookie) => cookie.replace(/;.*/, ''))]).respond('"not asked"')
  for (const source of core.sources) {
    core.enter((pintle) => {
      pintle.recall('nobody', 0)
      if (pintle.mayAsk(source, 0)) pintle.note(source, undefined, 0)
    })
  }
}

/** A request of which is known who sent it. */
export class Visitor {
  readonly #identified: Identified
  readonly #in: Instance
  /** What must be asked, if anything: before the answer, or after it for the next page. */
  readonly fetch: { when: 'before' | 'after'; id: string } | undefined

  constructor(identified: Identified, running: Instance) {
    this.#identified = identified
    this.#in = running
    const fetch = running.enter(() => identified.fetch())
    const at = fetch?.indexOf(':') ?? 0
    this.fetch = fetch ? { when: fetch.slice(0, at) as 'before' | 'after', id: fetch.slice(at + 1) } : undefined
  }

  /** Decides. It can be called once. */
  respond(outcome: Outcome, lookupMs?: number): Plan {
    return JSON.parse(this.#in.enter(() => this.#identified.respond(outcome, lookupMs)))
  }
}

/** All that is wrong with the text of a personalization.json. */
export function checkPersonalization(text: string): Mistake[] {
  return JSON.parse(instance().enter((glue) => glue.checkPersonalization(text)))
}

/** All that is wrong with a personalization.json and an environment together. */
export function checkSettings(
  personalization: string,
  environment: Record<string, string | undefined>,
  brings: string[] = [],
): Mistake[] {
  try {
    new Core(personalization, environment, brings)
    return []
  } catch (error) {
    if (error instanceof Mistakes) return error.mistakes
    throw error
  }
}

/** The version that runs. */
export function version(): string {
  return instance().enter((glue) => glue.version())
}

/** The anonymous id in the value of a cookie `rl_anonymous_id`, or why there is none. */
export function readAnonymousId(cookieValue: string): { id: string } | { reason: string } {
  return JSON.parse(instance().enter((glue) => glue.readAnonymousId(cookieValue)))
}

/** The decisions in the header of a request that the middleware let pass; `{}` when the header is not ours. */
export function openDecisions(header: string, ticketKeys: string | undefined): Record<string, unknown> {
  return JSON.parse(instance().enter((glue) => glue.openDecisions(header, ticketKeys || undefined)) ?? '{}')
}

/**
 * What would be decided about a request, and why. `profile` is what the lookup would bring: `null` when no source knows
 * the visitor.
 */
export function explain(
  personalization: string,
  environment: Record<string, string | undefined>,
  request: { url: string; method?: string; headers: Record<string, string> },
  profile: Record<string, unknown> | null,
  nowMs: number,
): Explained {
  const core = new Core(personalization, { ...environment, PROFILE_SOURCES: 'function', EXPLAIN: 'true' }, ['function'])
  const headers = new Headers(request.headers)
  const incoming = { method: request.method ?? 'GET', url: request.url, headers }
  const visitor = core.identify(incoming, nowMs)
  const outcome = profile ? JSON.stringify({ found: profile, source: 'function' }) : '"missing"'
  const plan = visitor.respond(visitor.fetch ? outcome : '"not asked"')
  const why = `none: ${JSON.parse(plan.answer).reason}`
  const explained = plan.explained ?? { visitor: why, lookup: null, decisions: [], cookies: [] }
  return { ...explained, setCookies: plan.setCookies }
}

function listed(message: string): Mistake[] | undefined {
  try {
    const list: unknown = JSON.parse(message)
    return Array.isArray(list) ? (list as Mistake[]) : undefined
  } catch {
    return undefined
  }
}
