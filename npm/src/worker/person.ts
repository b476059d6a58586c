// The Durable Object of an alias: one row, and messages to other objects. What a row says and what becomes of it is the
// module's to say (`feed/src/object.rs`); here it is read, written, and told to KV, and to a Redis, after the answer.
//
// A class of JavaScript around pure calls: an object in Rust's memory would be freed by the garbage collector alone, and
// lost with the module at a trap.

import { rules } from '../feed.js'
import { KEPT_S } from '../kept.js'
import { BackOff, LAST_WAIT_MS } from '../shell/back_off.js'
import type { KvNamespace } from '../shell/transport/kv.js'
import type { Context, Env } from './bindings.js'
import { fedSiteOf } from './fed_site.js'
import { Outbox } from './outbox.js'
import { Rate } from './rate.js'
import { hasRedis, tellRedis } from './redis.js'
import { Shelf, type Tables } from './shelf.js'
import { type Sql, tablesOf } from './sql.js'

/** KV takes one write a second and key. */
const COALESCED_MS = 1_000

/** How late an alarm may be that still comes. */
const OVERDUE_MS = 5_000

/** Where an object is told something, and how it is asked to tell what it knows then. */
const TOLD = 'https://people/told'
const TELLING = '?tells'

const EMPTY = () => new Response(null, { status: 204 })

/** What is used of an object's storage. */
interface Storage {
  sql: Sql
  deleteAll(): Promise<void>
  getAlarm(): Promise<number | null>
  setAlarm(at: number): Promise<void>
}

/** KV as it is written. */
interface Profiles extends KvNamespace, Tables {
  get(key: string, type: 'text'): Promise<string | null>
  get(keys: string[], type: 'text'): Promise<Map<string, string | null>>
  delete(key: string): Promise<void>
}

interface Row {
  /** The object's own alias. */
  own: string
  row: string
  /** Which version of it KV has, and, after a blank, JSON of the aliases that have it. */
  kept: string | null
}

/** The answer of `personTakes`, below the row. */
interface Taken {
  onward: { to: string; body: string; versions: number[] }[]
  /** Whether KV forgets this alias at once, and whether nothing of anybody is left. */
  clears: boolean
  empties: boolean
  /** Which version pages are told, where that can be said without tables. */
  version?: string
}

/** The wish that somebody be forgotten: this object's alias, and the one that was named. */
interface Wish {
  own: string
  asked: string
}

/** How many keys KV had, and what the object that was named is to be told in the end. */
interface Fulfilled {
  keys: number
  told?: string | undefined
}

/** The answer of `personForgets`. */
interface Forgotten {
  ask?: string
  row?: string
  onward: Taken['onward']
}

/** The answer of `personLapses`. */
interface Left {
  row?: string
  at: number
}

/** The answer of `personTells`. */
interface Tells {
  ask?: string
  data?: string
  aliases: string[]
  /** Which are too many for one person. */
  off?: string[]
  version: string
}

export class Person {
  readonly #context: Context
  readonly #storage: Storage
  readonly #env: Env
  #personalization = ''
  readonly #outbox: Outbox
  readonly #rate = new Rate()
  #shelf: Shelf
  #hasLooked = false
  /** Whether there is a table: an object that is only asked leaves nothing behind. */
  #isMade: boolean
  readonly #backOff = new BackOff()
  /** What KV is being told. */
  #telling: Promise<void> = Promise.resolve()

  constructor(context: Context & { storage: Storage }, env: Env) {
    this.#context = context
    this.#storage = context.storage
    this.#env = env
    const { sql } = context.storage
    const tables = tablesOf(sql)
    this.#outbox = new Outbox(sql, env.RUDDER_DATA_PLANE_URL)
    this.#shelf = new Shelf(sql, tables.includes('shelf'))
    this.#isMade = tables.includes('person')
  }

  async fetch(request: Request): Promise<Response> {
    try {
      if (!this.#hasLooked) await this.#look()
      await this.#know()
      const { method, url } = request
      if (url.endsWith('/outbox')) return await this.#put(await request.text())
      if (method === 'DELETE') return Response.json(await this.#forget(await request.json()))
      if (method === 'POST') return await this.#take(await request.text(), url.endsWith(TELLING))
      return await this.#tell(new URL(url).searchParams.get('for'))
    } catch (error) {
      console.error("pintle: a person's object could not answer:", error)
      return new Response('the log says why', { status: 500 })
    }
  }

  /** Answered when it is kept here, and by everybody whom it was to be told; with what is told then, where that is asked. */
  async #take(body: string, isTelling: boolean): Promise<Response> {
    const { to: own, message } = JSON.parse(body) as { to: string; message: { events?: number } }
    const after = this.#rate.refuses(message.events ?? 0, Date.now())
    if (after !== undefined) return new Response(null, { status: 429, headers: { 'retry-after': `${after}` } })
    const before = this.#read()
    const taken = rules().personTakes(before?.row, body, this.#personalization, this.#env)
    const end = taken.indexOf('\n')
    const row = taken.slice(0, end)
    const { onward, clears, empties, version }: Taken = JSON.parse(taken.slice(end))
    if (row !== before?.row) this.#write(own, row)
    if (empties) this.#empty()
    const keys = clears ? await this.#clear(own) : 0
    const teller = isTelling && onward.length > 0 ? this.#tells()?.ask : undefined
    const answers = await Promise.all(onward.map((each) => this.#carry(own, each, each.to === teller)))
    if (clears || version === undefined) {
      await this.#shelve()
      await this.#remember()
    } else {
      // Another event may have come in the meantime, and want something.
      if (this.#read()?.row === row) this.#shelf.clear()
      if (version !== keptOf(before).version) await this.#hasKvTold()
    }
    if (!before) await this.#wakeAt(Date.now() + KEPT_S * 1_000)
    if (clears) return Response.json({ keys } satisfies Fulfilled)
    if (!isTelling) return EMPTY()
    return answers.find((answer) => answer) ?? (await this.#tell())
  }

  /** Answered when it waits here for RudderStack's data plane, or found no room. */
  async #put(body: string): Promise<Response> {
    const sentAt = this.#outbox.put(body)
    if (sentAt === undefined) return new Response('the outbox is full', { status: 503 })
    await this.#wakeAt(sentAt)
    return EMPTY()
  }

  /** The answer, where the other object is to tell it. */
  async #carry(own: string, { to, body, versions }: Taken['onward'][number], isTelling: boolean) {
    const url = isTelling ? TOLD + TELLING : TOLD
    const response = await this.#ask(to, url, { method: 'POST', body })
    if (versions.length > 0) {
      // What came in the meantime is in the row as well.
      const before = this.#read()?.row
      const row = rules().personAcknowledges(before, to, new Float64Array(versions))
      if (row !== before) this.#write(own, row)
    }
    return isTelling ? response : undefined
  }

  /**
   * Answered when nothing is left here and in KV, nor of this with anybody else. What fails is repaired by the same wish again:
   * who was not told yet stands in the row.
   */
  async #forget({ own, asked }: Wish): Promise<Fulfilled> {
    const { ask, row, onward }: Forgotten = JSON.parse(rules().personForgets(this.#read()?.row, own, asked, Date.now()))
    if (ask !== undefined) {
      const { keys, told } = await this.#fulfilled(ask, 'DELETE', JSON.stringify({ own: ask, asked } satisfies Wish))
      // Last: as long as this object has not forgotten, the wish finds its way from here.
      return { keys: keys + (told === undefined ? 0 : await keysOf(await this.#take(told, false))) }
    }
    if (row !== undefined) {
      this.#write(own, row)
      this.#empty()
      await this.#wakeAt(Date.now() + COALESCED_MS)
    }
    const others = onward.filter(({ to }) => to !== asked)
    const keys = [await this.#clear(own)]
    for (const { keys: more } of await Promise.all(others.map(({ to, body }) => this.#fulfilled(to, 'POST', body))))
      keys.push(more)
    let left = this.#read()?.row
    for (const { to } of onward) left = rules().personAcknowledges(left, to, new Float64Array())
    if (left !== undefined) this.#write(own, left)
    return { keys: keys.reduce((sum, each) => sum + each), told: onward.find(({ to }) => to === asked)?.body }
  }

  async #fulfilled(to: string, method: string, body: string): Promise<Fulfilled> {
    const response = await this.#ask(to, TOLD, { method, body })
    return response.status === 204 ? { keys: 0 } : await response.json()
  }

  /** The answer of another object, which did what it was asked. */
  async #ask(to: string, url: string, init: RequestInit): Promise<Response> {
    const response = await this.#object(to).fetch(url, init)
    if (!response.ok) throw new Error(`another person's object answered with status ${response.status}`)
    return response
  }

  /** Has KV and Redis forget this alias; how many keys KV had. What the alarm has for it still comes after a second. */
  async #clear(own: string): Promise<number> {
    // What is on its way to KV would come after the deletion.
    await this.#telling.catch(() => {})
    const [key, profiles] = [`user:${own}`, this.#profiles]
    const had = profiles !== undefined && (await profiles.get(key, 'text')) !== null
    await this.#tellOf(own, undefined)
    if (this.#isMade) this.#storage.sql.exec('UPDATE person SET kept = NULL')
    return had ? 1 : 0
  }

  /** Nothing of whoever is gone goes on to anybody, or is at hand. */
  #empty(): void {
    this.#outbox.clear()
    this.#shelf.clear()
  }

  /** What pages are told, of this object or of the device that asks it. */
  async #tell(asking: string | null = null): Promise<Response> {
    const row = this.#read()
    const told = row && this.#told(row)
    if (row && told?.ask) {
      const url = `https://people/snapshot?for=${encodeURIComponent(row.own)}`
      return await this.#object(told.ask).fetch(url)
    }
    if (asking !== null && told?.off?.includes(asking)) return EMPTY()
    return told?.data === undefined ? EMPTY() : new Response(told.data)
  }

  /** Has at hand what somebody is recommended by, where anybody is recommended anything. */
  async #shelve(): Promise<void> {
    const [row, profiles] = [this.#read()?.row, this.#profiles]
    if (row === undefined || !profiles) return
    const wanted: string[] = JSON.parse(rules().personWants(row, this.#personalization, this.#env))
    await this.#shelf.fill(wanted, profiles)
  }

  /** Has KV hear of it after the answer, when there is something to hear. */
  async #remember(): Promise<void> {
    if (!this.#profiles && !hasRedis(this.#env)) return
    const read = this.#read()
    if (!read) return
    const { own, row } = read
    const version = rules().personVersion(row, own, this.#shelf.rows, this.#personalization, this.#env)
    if (version !== keptOf(read).version) await this.#hasKvTold()
  }

  async #hasKvTold(): Promise<void> {
    if (this.#profiles || hasRedis(this.#env)) await this.#wakeAt(Date.now() + COALESCED_MS)
  }

  /** Has the personalization that runs. */
  async #know(): Promise<void> {
    this.#personalization = await fedSiteOf(this.#env).personalization((task) => this.#context.waitUntil(task))
  }

  /** Sees to what has waited since before the object woke: a workerd that ends takes its alarms along, and says that they are set. */
  async #look(): Promise<void> {
    this.#hasLooked = true
    const [next, now] = [await this.#storage.getAlarm(), Date.now()]
    const waits = next === null ? this.#outbox.waits() : next < now + LAST_WAIT_MS
    if (waits) await this.#storage.setAlarm(Math.max(next ?? 0, now))
  }

  /**
   * There is one alarm: whoever wants it first has it, and sees to the others. One that is long overdue will not come any
   * more, and is set again.
   */
  async #wakeAt(at: number): Promise<void> {
    const next = await this.#storage.getAlarm()
    if (next === null || next > at || next < Date.now() - OVERDUE_MS) await this.#storage.setAlarm(at)
  }

  /** The runtime tries a failure again six times only, within minutes: an outage of KV may take longer. */
  async alarm(): Promise<void> {
    await this.#know()
    this.#telling = this.#tellKv()
    const reasons = await Promise.allSettled([this.#telling, this.#handOn(), this.#lapse()])
    const failed = reasons.find((reason) => reason.status === 'rejected')
    if (!failed) {
      this.#backOff.succeeded()
      return
    }
    if (this.#backOff.isWell) console.error("pintle: what a person's object had to do waits:", failed.reason)
    await this.#wakeAt(Date.now() + this.#backOff.failed())
  }

  async #handOn(): Promise<void> {
    const again = await this.#outbox.send()
    if (again !== undefined) await this.#wakeAt(again)
  }

  /** Lets go what is over: a deletion of last week, and whoever was not heard of for more than a year. */
  async #lapse(): Promise<void> {
    // What is on its way to KV ends in the row.
    await this.#telling.catch(() => {})
    const before = this.#read()
    if (!before) return
    const { row, at }: Left = JSON.parse(rules().personLapses(before.row, Date.now()))
    if (row !== undefined) {
      if (row !== before.row) this.#write(before.own, row)
      return this.#wakeAt(at)
    }
    this.#storage.sql.exec('DELETE FROM person')
    if (this.#outbox.waits()) return
    await this.#storage.deleteAll()
    this.#isMade = false
    this.#shelf = new Shelf(this.#storage.sql, false)
  }

  async #tellKv(): Promise<void> {
    // What could not be read when the event came.
    await this.#shelve()
    const before = this.#read()
    if (!before || !(this.#profiles || hasRedis(this.#env))) return
    const told = this.#told(before)
    const kept = keptOf(before)
    if (told.version === kept.version) return
    const { data, off } = told
    const aliases = data === undefined && told.ask === undefined ? [before.own] : told.aliases
    // Of what is too many only what this object wrote: another may write it now.
    const over = kept.aliases.filter((alias) => off?.includes(alias))
    const to = (some: string[], data?: string) => some.map((alias) => this.#tellOf(alias, data))
    await Promise.all([...to(aliases, data), ...to(over)])
    const now = data === undefined ? told.version : `${told.version} ${JSON.stringify(aliases)}`
    this.#storage.sql.exec('UPDATE person SET kept = ?', now)
    // What came while KV was written.
    if (this.#read()?.row !== before.row) await this.#remember()
  }

  /** Has KV and Redis know of an alias what its pages are told, or nothing more. */
  async #tellOf(alias: string, data: string | undefined): Promise<void> {
    const [key, profiles] = [`user:${alias}`, this.#profiles]
    const kept = data === undefined ? profiles?.delete(key) : profiles?.put(key, data, { expirationTtl: KEPT_S })
    await Promise.all([kept, tellRedis(alias, data, this.#personalization, this.#env)])
  }

  #tells(): Tells | undefined {
    const row = this.#read()
    return row && this.#told(row)
  }

  #told({ own, row }: Row): Tells {
    const { rows } = this.#shelf
    return JSON.parse(rules().personTells(row, own, Date.now(), rows, this.#personalization, this.#env))
  }

  #read(): Row | undefined {
    if (!this.#isMade) return undefined
    return this.#storage.sql.exec('SELECT own, row, kept FROM person').toArray()[0] as unknown as Row | undefined
  }

  #write(own: string, row: string): void {
    if (!this.#isMade) {
      const table = '(id INTEGER PRIMARY KEY CHECK (id = 0), own TEXT NOT NULL, row TEXT NOT NULL, kept TEXT)'
      this.#storage.sql.exec(`CREATE TABLE person ${table}`)
      this.#isMade = true
    }
    const upsert =
      'INSERT INTO person (id, own, row) VALUES (0, ?, ?) ON CONFLICT (id) DO UPDATE SET row = excluded.row'
    this.#storage.sql.exec(upsert, own, row)
  }

  #object(name: string) {
    const { PEOPLE: people } = this.#env
    if (!people) throw new Error('PEOPLE is not bound')
    return people.get(people.idFromName(name))
  }

  get #profiles(): Profiles | undefined {
    const { PROFILES } = this.#env
    return typeof PROFILES === 'object' ? (PROFILES as Profiles) : undefined
  }
}

/** Which version KV has, and under which aliases. */
function keptOf(row: Row | undefined): { version?: string | undefined; aliases: string[] } {
  const [version, aliases] = row?.kept?.split(/ (.*)/s) ?? []
  return { version, aliases: aliases ? JSON.parse(aliases) : [] }
}

async function keysOf(response: Response): Promise<number> {
  return response.status === 204 ? 0 : ((await response.json()) as Fulfilled).keys
}
