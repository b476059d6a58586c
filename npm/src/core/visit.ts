// A visit: a request under way, of which the core knows who sent it.

import type { Visit as Held } from '#glue'
import type { Instance } from './instance.js'
import type { Answer, Plan, Reply, Step } from './wire.js'

const read = <T>(json: string | undefined): T | undefined => (json === undefined ? undefined : JSON.parse(json))

export class Visit {
  readonly #held: Held
  readonly #in: Instance

  readonly #now: () => number

  constructor(held: Held, running: Instance, now: () => number) {
    this.#held = held
    this.#in = running
    this.#now = now
  }

  /** The answer of an endpoint that refuses the request. */
  refusal(): Answer | undefined {
    return read(this.#in.enter(() => this.#held.refusal()))
  }

  /** What is to be carried now; nothing when the lookup is over. After the answer, what is still to be carried. */
  next(): Step | undefined {
    return read(this.#in.enter(() => this.#held.next(this.#now())))
  }

  /** Takes in what was brought back. */
  replied(reply: Reply): Step | undefined {
    const nowMs = this.#now()
    return read(
      this.#in.enter(() => {
        if ('status' in reply) return this.#held.repliedHttp(reply.status, reply.body, nowMs)
        if ('failed' in reply) return this.#held.repliedFailure(reply.failed, nowMs)
        return this.#held.repliedValue(reply.value, nowMs)
      }),
    )
  }

  /** Takes in that the time to wait is over. */
  ranOut(): Step | undefined {
    return read(this.#in.enter(() => this.#held.ranOut(this.#now())))
  }

  /** Decides, once; nothing where nothing is to be done. */
  respond(lookupMs?: number): Plan | undefined {
    return read(this.#in.enter(() => this.#held.respond(lookupMs, this.#now())))
  }

  /** What came of the lookup after the answer. */
  rest(): Plan | undefined {
    return read(this.#in.enter(() => this.#held.rest()))
  }

  /** Gives back its memory. A visit that nobody ends, because its visitor left, is collected as garbage. */
  end(): void {
    this.#in.enter(() => this.#held.free())
  }
}
