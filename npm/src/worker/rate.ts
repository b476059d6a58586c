// How many events of one person an object takes in a time: some at once, and then so many a second. A batch is taken whole,
// even where it is more than there is room for; what comes after it waits the longer.

/** The most events a second, over time. */
const A_SECOND = 25

/** The most at once, and the most that a large batch takes of the room of what comes after it. */
const AT_ONCE = 250

export class Rate {
  #room = AT_ONCE
  #atMs = 0

  /** Takes so many events in; else the seconds until there is room again. */
  refuses(events: number, nowMs: number): number | undefined {
    const since = Math.max(nowMs - this.#atMs, 0)
    this.#room = Math.min(this.#room + (since * A_SECOND) / 1_000, AT_ONCE)
    this.#atMs = nowMs
    if (events > 0 && this.#room < 1) return Math.ceil((1 - this.#room) / A_SECOND)
    this.#room = Math.max(this.#room - events, -AT_ONCE)
    return undefined
  }
}
