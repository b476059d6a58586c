// What waits for RudderStack's data plane, in the storage of the object of whom it is about: batches, sent again in their
// order, one at a time, until it takes them. It is bounded: what finds no room is told so, and stays with whoever sent it.
// What an answer means is the module's to say.

import { rules } from '../feed.js'
import { BackOff, FIRST_WAIT_MS } from '../shell/back_off.js'
import { asked } from './onward.js'
import { type Sql, tablesOf } from './sql.js'

/** The most that waits in one object. */
const MOST_EVENTS = 1_000
const MOST_BYTES = 1_000_000

/** The most batches that are sent before others have their turn. */
const MOST_AT_ONCE = 50

/** What waits: the write key, how many events, and the body of a batch of them. */
interface Waiting {
  key: string
  events: number
  body: string
}

export class Outbox {
  readonly #sql: Sql
  readonly #dataPlane: string
  readonly #backOff = new BackOff()
  #triesAtMs = 0

  constructor(sql: Sql, dataPlane: unknown) {
    this.#sql = sql
    this.#dataPlane = typeof dataPlane === 'string' ? dataPlane.trim().replace(/\/+$/, '') : ''
  }

  /** Has a batch wait, the JSON text of a `Waiting`; when to send it, or nothing where there is no room. */
  put(body: string): number | undefined {
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
      if (took === undefined) return this.#failed(status)
      this.#backOff.succeeded()
      if (!took) this.#tell(`never takes ${first.events} events that waited, with status ${status}`)
      this.#sql.exec('DELETE FROM outbox WHERE id = ?', first.id)
    }
    return Date.now()
  }

  /** Whether anything waits. */
  waits(): boolean {
    return this.#dataPlane !== '' && this.#first() !== undefined
  }

  /** Nothing of whoever is gone goes on to anybody. */
  clear(): void {
    if (this.#isMade()) this.#sql.exec('DELETE FROM outbox')
  }

  /** Most people never have anything waiting, and an empty table is a page of storage. */
  #isMade(): boolean {
    return tablesOf(this.#sql).includes('outbox')
  }

  #first(): (Waiting & { id: number }) | undefined {
    if (!this.#isMade()) return undefined
    const row = this.#sql.exec('SELECT id, body FROM outbox ORDER BY id LIMIT 1').toArray()[0]
    return row && { ...JSON.parse(row.body as string), id: row.id }
  }

  #post({ key, body }: Waiting): Promise<number | string> {
    const headers = { authorization: `Basic ${btoa(`${key}:`)}`, 'content-type': 'application/json' }
    return asked(`${this.#dataPlane}/v1/batch`, { method: 'POST', headers, body })
  }

  #failed(why: number | string): number {
    // Once for an outage.
    if (this.#backOff.isWell) this.#tell(`takes no events now (${why}); they wait`)
    this.#triesAtMs = Date.now() + this.#backOff.failed()
    return this.#triesAtMs
  }

  #tell(what: string): void {
    console.warn(`pintle: RudderStack's data plane ${what}`)
  }
}
