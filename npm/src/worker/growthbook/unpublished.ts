// Why something of GrowthBook's is not published, and what is answered then.

import type { Mistake } from '../../core/wire.js'

/** What cannot be published, and what it is answered with. */
export class Unpublished extends Error {
  readonly status: number
  readonly mistakes: Mistake[] | undefined

  constructor(status: number, message: string, mistakes?: Mistake[]) {
    super(message)
    this.status = status
    this.mistakes = mistakes
  }
}
