// Tells RudderStack what visitors were shown: events out of the plans of many answers, in one batch now and then, after an
// answer. A page never waits for it, what fails is tried again, and memory is bounded: what finds no room is lost, and counted.

import { BackOff } from './back_off.js'
import { isSet, uncached } from './environment.js'
import { tell } from './trouble.js'
import type { WaitUntil } from './wait_until.js'

/** How long others may join a batch. */
const GATHERED_MS = 1_000
const DEADLINE_MS = 5_000
/** RudderStack takes 500 KB a batch, an event of ours has half a KB with few traits, and a letter up to three bytes. */
const MOST_AT_ONCE = 200
const MOST_LETTERS = 150_000
const MOST_WAITING = 2_000

export type Exposure = Record<string, unknown>

export class Exposures {
  readonly #url: string
  readonly #authorization: string
  readonly #waiting: Exposure[] = []
  #gathersUntilMs = 0
  readonly #backOff = new BackOff()
  #triesAtMs = 0
  readonly counts = { told: 0, lost: 0 }

  constructor(dataPlane: string, writeKey: string) {
    this.#url = `${dataPlane.replace(/\/+$/, '')}/v1/batch`
    // In UTF-8: `btoa` takes no other text, and would throw at every request of a site whose key was pasted wrongly.
    this.#authorization = `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${writeKey}:`)))}`
  }

  /** How many wait to be told. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Takes the events of a plan. */
  add(events: Exposure[], waitUntil: WaitUntil): void {
    const originalTimestamp = new Date().toISOString()
    for (const event of events) this.#waiting.push({ ...event, channel: 'web', originalTimestamp })
    const over = this.#waiting.length - MOST_WAITING
    if (over > 0) this.#lose(this.#waiting.splice(0, over), `${MOST_WAITING} wait already`)
    // By the clock: a task that the runtime ended along with its request could not say that it gathers no more.
    const nowMs = Date.now()
    if (nowMs < this.#gathersUntilMs) return
    this.#gathersUntilMs = nowMs + GATHERED_MS
    waitUntil(this.#gathered())
  }

  async #gathered(): Promise<void> {
    // Whoever comes after that gathers anew: a request's task may not wait for another's.
    await new Promise((resolve) => setTimeout(resolve, GATHERED_MS))
    this.#gathersUntilMs = 0
    // Who comes while it is sent has others to gather them: a task that sent them, too, would never end where many come.
    for (let left = this.#waiting.length; left > 0 && this.#waiting.length > 0 && Date.now() >= this.#triesAtMs; )
      left -= await this.#send()
  }

  /** Sends a batch; resolves to how many were in it. */
  async #send(): Promise<number> {
    let letters = 0
    let many = 0
    for (const event of this.#waiting.slice(0, MOST_AT_ONCE)) {
      letters += JSON.stringify(event).length
      if (many > 0 && letters > MOST_LETTERS) break
      many += 1
    }
    const batch = this.#waiting.splice(0, many)
    const status = await this.#post(batch)
    const isTaken = typeof status === 'number' && status >= 200 && status < 300
    if (isTaken) this.counts.told += batch.length
    // What is refused for what it is, is refused again: but for the key, for it may be mended.
    else if (typeof status === 'number' && status >= 400 && status < 500 && !AGAIN.includes(status))
      this.#lose(batch, `RudderStack's data plane refuses them with status ${status}`)
    else this.#keep(batch, status)
    if (isTaken) this.#backOff.succeeded()
    return many
  }

  #keep(batch: Exposure[], status: number | string): void {
    this.#waiting.unshift(...batch)
    const nowMs = Date.now()
    // Batches that fail together are one failure.
    if (nowMs >= this.#triesAtMs) this.#triesAtMs = nowMs + this.#backOff.failed()
    const hint = status === 401 ? '; look at RUDDER_WRITE_KEY' : ''
    tell(`pintle: experiments wait to be told, for RudderStack's data plane does not take them (${status})${hint}`)
  }

  #lose(events: Exposure[], why: string): void {
    this.counts.lost += events.length
    tell(`pintle: what visitors were shown is not told: ${why}`)
  }

  async #post(batch: Exposure[]): Promise<number | string> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { authorization: this.#authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ batch, sentAt: new Date().toISOString() }),
        redirect: 'manual',
        signal: AbortSignal.timeout(DEADLINE_MS),
        ...uncached(),
      })
      await response.body?.cancel()
      return response.status
    } catch (error) {
      return String(error)
    }
  }
}

const AGAIN = [401, 403, 408, 429]

/** Those of a site that tells of them; none where no write key says so. */
export function exposuresOf({ RUDDER_DATA_PLANE_URL: url, RUDDER_WRITE_KEY: key }: Readonly<Record<string, unknown>>) {
  return isSet(url) && isSet(key) ? new Exposures(url.trim(), key.trim()) : undefined
}
