// When what failed is tried again. It keeps the time and decides nothing else.

/** How long until then: at first, and doubled each time up to the last. */
export const FIRST_WAIT_MS = 2_000
export const LAST_WAIT_MS = 5 * 60_000

export class BackOff {
  #waitMs = 0

  /** Whether it succeeded last, or was never tried. */
  get isWell(): boolean {
    return this.#waitMs === 0
  }

  /** How long to wait, now that it failed. */
  failed(): number {
    this.#waitMs = Math.min(Math.max(2 * this.#waitMs, FIRST_WAIT_MS), LAST_WAIT_MS)
    return this.#waitMs
  }

  succeeded(): void {
    this.#waitMs = 0
  }
}
