// The core as a site calls it: typed, and apart from how it crosses into wasm.

import type { Incoming, Pintle } from '#glue'
import { Instance, instance, succeeded } from './instance.js'
import { Visit } from './visit.js'
import type { Answer, Contract, Mistake, Plan, ShellKind } from './wire.js'

export type { Incoming } from '#glue'

/** What shell and core agree on. */
export const contract = (): Contract => JSON.parse(instance().enter((glue) => glue.contract()))

/** Settings, right or wrong. They outlive the instance of the module that checked them. */
export class Core {
  readonly #given: [personalization: string, variables: string, shell: string]
  #made: { in: Instance; pintle: Pintle }
  readonly contract: Contract
  /** Where pages come from by `ORIGIN_URL`, if they do. */
  readonly origin: string | undefined
  /** What the log should say of the settings, once. */
  readonly sentence: { level: 'error' | 'warn'; text: string } | undefined

  readonly #now: () => number

  /** `now` tells the time in milliseconds since 1970; `running` is the instance of the module that they are made in. */
  constructor(
    personalization: string,
    variables: Record<string, string | undefined>,
    shell: ShellKind,
    now: () => number = () => Date.now(),
    running = instance(),
  ) {
    this.#now = now
    this.#given = [personalization, JSON.stringify(variables), JSON.stringify(shell)]
    this.#made = this.#make(running)
    this.contract = contract()
    this.origin = this.#enter((pintle) => pintle.origin)
    const sentence = this.#enter((pintle) => pintle.sentence())
    this.sentence = sentence === undefined ? undefined : JSON.parse(sentence)
  }

  /**
   * The same with another personalization, in an instance of its own: settings stay in the memory of theirs for as long as
   * that lives. `succeeds` makes it the program's.
   */
  with(personalization: string): Core {
    const [, variables, shell] = this.#given
    return new Core(personalization, JSON.parse(variables), JSON.parse(shell), this.#now, new Instance())
  }

  succeeds(): void {
    succeeded(this.#made.in)
  }

  #make(running: Instance) {
    return { in: running, pintle: running.enter((glue) => new glue.Pintle(...this.#given)) }
  }

  #enter<T>(call: (pintle: Pintle) => T): T {
    if (this.#made.in.hasTrapped) this.#made = this.#make(instance())
    return this.#made.in.enter(() => call(this.#made.pintle))
  }

  /** Who sent this request? Nothing where nothing is to be done. */
  identify(request: Incoming): Visit | undefined {
    const number = this.#enter((pintle) => pintle.identify(request, this.#now()))
    return number === undefined ? undefined : new Visit(number, this.#made, this.#now)
  }

  /** Who asks the decision endpoint? */
  identifyAsking(request: Incoming, address?: string): Visit {
    const number = this.#enter((pintle) => pintle.identifyAsking(request, address, this.#now()))
    return new Visit(number, this.#made, this.#now)
  }

  /** Whose request this is, by its cookie. */
  visitor(request: Incoming): string | undefined {
    return this.#enter((pintle) => pintle.visitor(request))
  }

  /** What the answer to a visitor's own event carries, of whom their object tells this at the moment. */
  told(request: Incoming, snapshot: string | undefined): Plan | undefined {
    const plan = this.#enter((pintle) => pintle.told(request, snapshot, this.#now()))
    return plan === undefined ? undefined : JSON.parse(plan)
  }

  /** What the page's own server is told on a request that is no page view: what a ticket says, if there is one. */
  forwarded(request: Incoming): Plan | undefined {
    const plan = this.#enter((pintle) => pintle.forwarded(request, this.#now()))
    return plan === undefined ? undefined : JSON.parse(plan)
  }

  /** The endpoint at a path. */
  endpoint(path: string): 'health' | 'decisions' | undefined {
    return this.#enter((pintle) => pintle.endpoint(path)) as 'health' | 'decisions' | undefined
  }

  /** All that is wrong with the settings. */
  mistakes(): Mistake[] {
    return JSON.parse(this.#enter((pintle) => pintle.mistakes()) ?? '[]')
  }

  health(): Answer {
    return JSON.parse(this.#enter((pintle) => pintle.health()))
  }

  /** The `Cache-Control` of a response that was made for one visitor, from the one that it had. */
  cacheControl(given: string | null, status: number): string {
    return instance().enter((glue) => glue.cacheControl(given ?? undefined, status))
  }
}
