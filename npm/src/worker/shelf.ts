// What an object has at hand of tables of which goods go with which: the rows of its person's last purchases, in its own
// storage. They are read from KV when an event comes, so that whoever asks for the person, a page among them, reads none. Which
// rows those are, and what they mean, is the module's to say.
//
// A failure of KV leaves what was there: somebody is recommended what they were, until the next event.

import type { Sql } from './sql.js'

/** A row is read again so long after it was, when an event comes: tables are trained by the day. */
const RENEWED_MS = 60 * 60_000
/** An event is not kept waiting longer by KV. */
const WITHIN_MS = 500
/** What people have in common, such as the head of a table and what everybody buys, an isolate reads once a minute. */
const SHARED_MS = 60_000
const MOST_SHARED = 1_000
/** KV answers up to a hundred keys at once, as one read each. */
const MOST_AT_ONCE = 100

/** KV as it is read here. */
export interface Tables {
  get(keys: string[], type: 'text'): Promise<Map<string, string | null>>
}

/** What stands under each key: null where nothing does. */
type Rows = Record<string, unknown>

const shared = new Map<string, { row: unknown; atMs: number }>()

export class Shelf {
  readonly #sql: Sql
  /** Whether there is a table: most people are recommended nothing. */
  #isMade: boolean
  /** How often it was cleared: what was on its way then comes too late. */
  #cleared = 0

  constructor(sql: Sql, isMade: boolean) {
    this.#sql = sql
    this.#isMade = isMade
  }

  /** The JSON text of what is at hand, by the keys of KV. */
  get rows(): string | undefined {
    return this.#read()?.rows
  }

  /** Has these keys at hand, and no others. */
  async fill(keys: string[], tables: Tables): Promise<void> {
    if (keys.length === 0) return this.clear()
    const before = this.#read()
    const had: Rows = before ? JSON.parse(before.rows) : {}
    const isSame = keys.length === Object.keys(had).length && keys.every((key) => key in had)
    if (before && isSame && Date.now() - before.at < RENEWED_MS) return
    const cleared = this.#cleared
    const read = await readOf(keys, tables)
    if (cleared !== this.#cleared) return
    const known = keys.flatMap((key) => {
      const row = read?.has(key) ? read.get(key) : had[key]
      return row === undefined ? [] : [[key, row] as const]
    })
    // What could not be read is tried again with the next event.
    this.#write(read ? Date.now() : 0, JSON.stringify(Object.fromEntries(known)))
  }

  /** Has nothing at hand: what somebody bought goes with them. */
  clear(): void {
    this.#cleared += 1
    if (this.#isMade) this.#sql.exec('DELETE FROM shelf')
  }

  #read(): { at: number; rows: string } | undefined {
    if (!this.#isMade) return undefined
    return this.#sql.exec('SELECT at, rows FROM shelf').toArray()[0] as { at: number; rows: string } | undefined
  }

  #write(at: number, rows: string): void {
    if (!this.#isMade) {
      const table = '(id INTEGER PRIMARY KEY CHECK (id = 0), at INTEGER NOT NULL, rows TEXT NOT NULL)'
      this.#sql.exec(`CREATE TABLE shelf ${table}`)
      this.#isMade = true
    }
    const upsert =
      'INSERT INTO shelf (id, at, rows) VALUES (0, ?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at, rows = excluded.rows'
    this.#sql.exec(upsert, at, rows)
  }
}

/** What stands there, or in this isolate's memory; nothing when KV does not answer in time. */
async function readOf(keys: string[], tables: Tables): Promise<Map<string, unknown> | undefined> {
  const now = Date.now()
  const read = new Map<string, unknown>()
  for (const key of keys) {
    const known = shared.get(key)
    if (known && now - known.atMs < SHARED_MS) read.set(key, known.row)
  }
  const rest = keys.filter((key) => !read.has(key))
  try {
    for (let from = 0; from < rest.length; from += MOST_AT_ONCE) {
      const some = await inTime(tables.get(rest.slice(from, from + MOST_AT_ONCE), 'text'))
      for (const [key, text] of some) {
        if (shared.size >= MOST_SHARED) shared.clear()
        const row = text === null ? null : parsed(text)
        shared.set(key, { row, atMs: now })
        read.set(key, row)
      }
    }
    return read
  } catch (error) {
    console.warn('pintle: a table of what to recommend could not be read from KV:', error)
    return undefined
  }
}

/** What is no JSON is a text, which is no row. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Rejects when KV takes longer. */
export async function inTime<T>(reading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, WITHIN_MS, new Error(`no answer within ${WITHIN_MS} ms`))
  })
  return Promise.race([reading, late]).finally(() => clearTimeout(timer))
}
