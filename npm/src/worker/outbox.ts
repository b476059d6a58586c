// What waits for RudderStack's data plane, in the storage of the object of whom it is about: batches, sent again in their
// order, one at a time, until it takes them. It is bounded: what finds no room is told so, and stays with whoever sent it.
// What an answer means is the module's to say.

import { rules } from '../feed.js'
import { asked } from './onward.js'

/** The most that waits in one object. */
const MOST_EVENTS = 1_000
const MOST_BYTES = 1_000_000

/** How long until it is tried again: at first, and doubled each time up to the last. */
const FIRST_WAIT_MS = 2_000
const LAST_WAIT_MS = 5 * 60_000

/** The most batches that are sent before others have their turn. */
const MOST_AT_ONCE = 50

/** An object's SQLite, as it is used. */
export interface Sql {
  exec(query: string, ...values: unknown[]): { toArray(): Record<string, unknown>[] }
}

/** What waits: the write key, how many events, and the body of a batch of them. */
interface Waiting {
  key: string
  events: number
  body: string
}

export class Outbox {
  readonly #sql: Sql
  readonly #dataPlane: string
  #waitMs = 0
  #triesAtMs = 0

  constructor(sql: Sql, dataPlane: unknown) {
    this.#sql = sql
    this.#dataPlane = typeof dataPlane === 'string' ? dataPlane.trim().replace(/\/+$/, '') : ''
  }

  /** Has a batch wait, the JSON text of a `Waiting`; when to send it, or nothing where there is no room. */
  put(body: string): number | undefined {
    // Most people never have anything waiting, and an empty table is a page of storage.
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, events INTEGER NOT NULL, body TEXT NOT NULL)',
    )
    const { events }: Waiting = JSON.parse(body)
    const sums = 'SELECT TOTAL(events) AS events, TOTAL(LENGTH(CAST(body AS BLOB))) AS bytes FROM outbox'
    const waiting = this.#sql.exec(sums).toArray()[0] as { events: number; bytes: number }
    const bytes = new TextEncoder().encode(body).length
    if (waiting.events + events > MOST_EVENTS || waiting.bytes + bytes > MOST_BYTES) return undefined
    this.#sql.exec('INSERT INTO outbox (events, body) VALUES (?, ?)', events, body)
    return Math.max(this.#triesAtMs, Date.now() + FIRST_WAIT_MS)
  }

  /** Sends what waits, when it is time; when it is time again, or nothing where nothing waits. */
  async send(): Promise<number | undefined> {
    if (this.#dataPlane === '') return undefined
    for (let sent = 0; sent < MOST_AT_ONCE; sent++) {
      const first = this.#first()
      if (!first) return undefined
      if (Date.now() < this.#triesAtMs) return this.#triesAtMs
      const status = await this.#post(first)
      const took = typeof status === 'number' ? rules().dataPlaneTook(status) : undefined
      if (took === undefined) return this.#backOff(status)
      this.#waitMs = 0
      if (!took) this.#tell(`never takes ${first.events} events that waited, with status ${status}`)
      this.#sql.exec('DELETE FROM outbox WHERE id = ?', first.id)
    }
    return Date.now()
  }

  /** Whether anything waits. */
  waits(): boolean {
    return this.#dataPlane !== '' && this.#first() !== undefined
  }

  #first(): (Waiting & { id: number }) | undefined {
    if (this.#sql.exec("SELECT name FROM sqlite_master WHERE name = 'outbox'").toArray().length === 0) return undefined
    const row = this.#sql.exec('SELECT id, body FROM outbox ORDER BY id LIMIT 1').toArray()[0]
    return row && { ...JSON.parse(row.body as string), id: row.id }
  }

  #post({ key, body }: Waiting): Promise<number | string> {
    const headers = { authorization: `Basic ${btoa(`${key}:`)}`, 'content-type': 'application/json' }
    return asked(`${this.#dataPlane}/v1/batch`, { method: 'POST', headers, body })
  }

  #backOff(why: number | string): number {
    // Once for an outage.
    if (this.#waitMs === 0) this.#tell(`takes no events now (${why}); they wait`)
    this.#waitMs = Math.min(Math.max(2 * this.#waitMs, FIRST_WAIT_MS), LAST_WAIT_MS)
    this.#triesAtMs = Date.now() + this.#waitMs
    return this.#triesAtMs
  }

  #tell(what: string): void {
    console.warn(`pintle: RudderStack's data plane ${what}`)
  }
}
