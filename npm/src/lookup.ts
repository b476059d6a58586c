// Asking the sources about a visitor: in their order, within one budget, each until its circuit opens.
//
// An answer that comes after the budget is not lost: it is kept for the visitor's next page.

import { ask } from '#asking'
import type { Core, Outcome } from './core.js'
import type { ProfileFunction } from './settings.js'

/** Keeps a task alive after the response has left, where the runtime can. */
export type WaitUntil = (task: Promise<unknown>) => void

/** How long an answer that missed the budget is still waited for, in milliseconds. */
const LATE_MS = 5_000

const FAILED = '{"failed":'
const failed = (why: string): Outcome => `${FAILED}${JSON.stringify(why)}}`

/** A lookup under way. */
export class Lookup {
  readonly #core: Core
  readonly #id: string
  readonly #answer: Promise<Outcome>
  /** Ends what is being asked. */
  #cancel: (() => void) | undefined
  /** Nobody waits for the answer any more. */
  #isOver = false
  /** The source that is being asked now, until it is known how it did. */
  #asking: string | undefined

  constructor(core: Core, profile: ProfileFunction | undefined, id: string) {
    this.#core = core
    this.#id = id
    this.#answer = this.#askAll(profile)
  }

  /** The outcome, or a failed one when the budget is used up. */
  async withinTheBudget(waitUntil: WaitUntil): Promise<Outcome> {
    const outcome = await this.#within(this.#core.budgetMs)
    if (!outcome) {
      this.later(waitUntil)
      return failed('deadline')
    }
    if (outcome === '"missing"') this.#remember(outcome)
    return outcome
  }

  /** Lets the lookup go on after the response, for the next page. */
  later(waitUntil: WaitUntil): void {
    const late = this.#within(LATE_MS).then((outcome) => {
      if (outcome) this.#remember(outcome)
      else this.#end()
    })
    // A task that rejects would end some programs. What failed has told it itself.
    waitUntil(late.catch(() => {}))
  }

  #end(): void {
    this.#isOver = true
    this.#cancel?.()
  }

  #remember(outcome: Outcome): void {
    this.#core.enter((pintle) => pintle.remember(this.#id, outcome, Date.now()))
  }

  /** The outcome; `undefined` when the time is over, which is held against the source that was being asked. */
  async #within(ms: number): Promise<Outcome | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const over = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, ms, undefined)
    })
    const outcome = await Promise.race([this.#answer, over])
    clearTimeout(timer)
    if (!outcome && this.#asking) {
      this.#note(this.#asking, 'deadline')
      this.#asking = undefined
    }
    return outcome
  }

  async #askAll(profile: ProfileFunction | undefined): Promise<Outcome> {
    let failure: Outcome | undefined
    for (const source of this.#core.sources) {
      if (this.#isOver) break
      if (!this.#core.enter((pintle) => pintle.mayAsk(source, Date.now()))) {
        failure = failed('left alone')
        continue
      }
      this.#asking = source
      const asked = source === 'function' ? this.#askFunction(profile) : this.#askActivationApi()
      const outcome = await asked.catch(() => failed('unreachable'))
      const why: string | undefined = outcome.startsWith(FAILED) ? JSON.parse(outcome).failed : undefined
      if (this.#asking) this.#note(source, why)
      this.#asking = undefined
      if (why) failure = outcome
      else if (outcome !== '"missing"') return outcome
    }
    return failure ?? '"missing"'
  }

  #note(source: string, why: string | undefined): void {
    const leftAlone = this.#core.enter((pintle) => pintle.note(source, why, Date.now()))
    if (leftAlone) console.warn(`pintle: ${source} is left alone for a while after repeated failures: ${leftAlone}`)
  }

  async #askFunction(profile: ProfileFunction | undefined): Promise<Outcome> {
    const abort = new AbortController()
    this.#cancel = () => abort.abort()
    const found = await profile?.(this.#id, { signal: abort.signal })
    if (found === null || found === undefined) return '"missing"'
    if (typeof found !== 'object' || Array.isArray(found)) return failed('malformed')
    return JSON.stringify({ found, source: 'function' })
  }

  async #askActivationApi(): Promise<Outcome> {
    const question = this.#core.enter((pintle) => pintle.question(this.#id))
    if (!question) return failed('unreachable')
    const { answer, cancel } = ask(JSON.parse(question))
    this.#cancel = cancel
    const { status, text } = await answer
    return this.#core.enter((pintle) => pintle.readAnswer(this.#id, status, text))
  }
}
