// A visit: a request under way, of which the core knows who sent it.

import type { Pintle } from '#glue'
import type { Instance } from './instance.js'
import type { Answer, Plan, Reply, Step } from './wire.js'

const read = <T>(json: string | undefined): T | undefined => (json === undefined ? undefined : JSON.parse(json))

export class Visit {
  readonly #number: number
  readonly #in: Instance
  readonly #pintle: Pintle
  readonly #now: () => number

  /** The visit of this number, of an instance and what was made in it. `now` tells the time. */
  constructor(number: number, made: { in: Instance; pintle: Pintle }, now: () => number) {
    this.#number = number
    this.#in = made.in
    this.#pintle = made.pintle
    this.#now = now
  }

  /** The answer of an endpoint that refuses the request. */
  refusal(): Answer | undefined {
    return read(this.#in.enter(() => this.#pintle.refusal(this.#number)))
  }

  /** What is to be carried now; nothing when the lookup is over. After the answer, what is still to be carried. */
  next(): Step | undefined {
    return read(this.#in.enter(() => this.#pintle.next(this.#number, this.#now())))
  }

  /** Takes in what was brought back. */
  replied(reply: Reply): Step | undefined {
    const nowMs = this.#now()
    return read(
      this.#in.enter(() => {
        if ('status' in reply) return this.#pintle.repliedHttp(this.#number, reply.status, reply.body, nowMs)
        if ('bytes' in reply) return this.#pintle.repliedBytes(this.#number, reply.bytes, nowMs)
        if ('failed' in reply) return this.#pintle.repliedFailure(this.#number, reply.failed, nowMs)
        return this.#pintle.repliedValue(this.#number, reply.value, nowMs)
      }),
    )
  }

  /** Whether what came over a socket is all: nothing where more must come; then whether the connection can be used again. */
  isClean(bytes: Uint8Array, replies: number): boolean | undefined {
    return this.#in.enter((glue) => glue.isClean(bytes, replies))
  }

  /** Takes in that the time to wait is over. */
  ranOut(): Step | undefined {
    return read(this.#in.enter(() => this.#pintle.ranOut(this.#number, this.#now())))
  }

  /** Decides, once; nothing where nothing is to be done. */
  respond(lookupMs?: number): Plan | undefined {
    return read(this.#in.enter(() => this.#pintle.respond(this.#number, lookupMs, this.#now())))
  }

  /** What came of the lookup after the answer. */
  rest(): Plan | undefined {
    return read(this.#in.enter(() => this.#pintle.rest(this.#number)))
  }

  /** Forgets it. One that nobody ends, because its visitor left, is forgotten within a minute. */
  end(): void {
    this.#in.enter(() => this.#pintle.end(this.#number))
  }
}
