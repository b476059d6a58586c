// Purchases out of rows of orders: who bought what when, each as a number. A column may hold the goods of a whole order, as JSON
// has them or as the text of that: `products[*].product_id`.

import type { Bad, Row } from '../load/row.js'
import { itemOf } from '../load/table.js'

/** Which columns say who, what and when; a path leads on into what stands in a column. */
export interface Columns {
  person: string
  item: string
  at: string
}

/** Where in a row something stands. */
type Find = (row: Row) => unknown[]

/** Numbers names from zero on. */
export class Names {
  readonly all: string[] = []
  readonly #numbers = new Map<string, number>()

  number(name: string): number {
    let number = this.#numbers.get(name)
    if (number === undefined) {
      number = this.all.length
      this.#numbers.set(name, number)
      this.all.push(name)
    }
    return number
  }
}

export class Purchases {
  readonly people = new Names()
  readonly goods = new Names()
  /** One of each for each purchase. */
  readonly who: number[] = []
  readonly what: number[] = []
  readonly when: number[] = []
  readonly #columns: Columns
  readonly #person: Find
  readonly #item: Find
  readonly #at: Find

  constructor(columns: Columns) {
    this.#columns = columns
    this.#person = finder(columns.person)
    this.#item = finder(columns.item)
    this.#at = finder(columns.at)
  }

  /** Takes a row in; what is wrong with it, if anything. */
  add(row: Row): Bad | undefined {
    const bad = (wrong: string): Bad => ({
      line: row.line,
      wrong,
      row: Object.fromEntries(row.names.map((name, at) => [name, row.values[at]])),
    })
    const person = itemOf(this.#person(row)[0])
    if (person === undefined) return bad(`has nobody in ${this.#columns.person}; --person names another column`)
    const when = timeOf(this.#at(row)[0])
    if (when === undefined) return bad(`has no time in ${this.#columns.at}; --at names another column`)
    const goods = this.#item(row).map(itemOf)
    const named = goods.filter((item) => item !== undefined)
    if (named.length === 0) return bad(`has no goods in ${this.#columns.item}; --item names another column or path`)
    for (const item of named) {
      this.who.push(this.people.number(person))
      this.what.push(this.goods.number(item))
      this.when.push(when)
    }
    return undefined
  }
}

/** The name of the column that a path begins in. */
export const columnOf = (path: string): string => path.split(/[.[]/, 1)[0] ?? ''

function finder(path: string): Find {
  const column = columnOf(path).toLowerCase()
  const steps = path.slice(column.length).match(/\[\*\]|[^.[\]]+/g) ?? []
  return ({ names, values }) => {
    const at = names.findIndex((name) => name.toLowerCase() === column)
    let found: unknown[] = at < 0 ? [] : [values[at]]
    if (steps.length > 0) found = found.map(parsed)
    for (const step of steps) found = found.flatMap((value) => within(value, step))
    return found
  }
}

/** Warehouses have arrays as texts of JSON. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

function within(value: unknown, step: string): unknown[] {
  if (step === '[*]') return Array.isArray(value) ? value : []
  return typeof value === 'object' && value !== null ? [(value as Record<string, unknown>)[step]] : []
}

/** Numbers are of any unit, as long as all are of the same. */
function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isFinite(time) ? time : undefined
}
