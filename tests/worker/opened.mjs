// The built Worker, whose objects can be looked into (`GET /look`: the rows of their tables, and when they wake), and woken
// when so many days have passed (`GET /wake?days=8`).

import pintle, { Person as Closed } from '../../build/worker.mjs'

const DAY_MS = 24 * 60 * 60 * 1_000
const now = Date.now

export class Person extends Closed {
  #storage

  constructor(context, env) {
    super(context, env)
    this.#storage = context.storage
  }

  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/wake') return await this.#wake(Number(searchParams.get('days')))
    return pathname === '/look' ? await this.#look() : await super.fetch(request)
  }

  async #wake(days) {
    Date.now = () => now() + days * DAY_MS
    try {
      await this.alarm()
    } finally {
      Date.now = now
    }
    return await this.#look()
  }

  async #look() {
    const { sql } = this.#storage
    const named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'"
    const tables = sql.exec(named).toArray()
    const rows = tables.map(({ name }) => [name, sql.exec(`SELECT * FROM ${name}`).toArray()])
    return Response.json({ tables: Object.fromEntries(rows), wakesAt: await this.#storage.getAlarm() })
  }
}

export default pintle
