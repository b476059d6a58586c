// What of a row of a table of which goods go with which is put where: each good's neighbours under a key of its own, and, when all
// of them are there, the key that says so. The keys, and how many neighbours count, are the feed's
// (feed/src/recommendation/table.rs, whose test holds both together).

import { WrongUsage } from '../failure.js'
import type { Pair } from './pair.js'
import type { Bad, Row } from './row.js'

const NAME = /^[\w.-]{1,64}$/
const NEIGHBOURS = 50
/** The longest key of KV. */
const KEY_BYTES = 512

/** The key that says that a table is there. */
export function tableKey(name: string): string {
  if (!NAME.test(name)) throw new WrongUsage('--table must be letters, digits, `_`, `-` and `.`, 64 at most')
  return `pintle:table:${name}`
}

/** Makes pairs of rows `{"item": "a", "neighbours": [["b", 0.5], …]}`. */
export function tablePairs(name: string): (row: Row) => Pair | Bad {
  const stem = `${tableKey(name)}:`
  return ({ line, names, values }) => {
    const row = Object.fromEntries(names.map((name, at) => [name, values[at]]))
    const bad = (wrong: string): Bad => ({ line, wrong, row })
    const item = itemOf(row.item)
    if (item === undefined) return bad('has no `item`')
    const key = stem + item
    if (Buffer.byteLength(key) > KEY_BYTES)
      return bad(`has an item that is too long: a key of KV has ${KEY_BYTES} bytes at most`)
    if (!Array.isArray(row.neighbours)) return bad('has no `neighbours`, a list as in [["b", 0.5]]')
    const neighbours: [string, number][] = []
    for (const [at, neighbour] of row.neighbours.entries()) {
      const [other, worth] = Array.isArray(neighbour) ? neighbour : []
      const of = itemOf(other)
      if (of === undefined || typeof worth !== 'number' || worth < 0)
        return bad(`has at neighbours[${at}] what is not an item and a number from 0, as in ["b", 0.5]`)
      neighbours.push([of, worth])
    }
    neighbours.sort(([, one], [, other]) => other - one)
    return { key, value: JSON.stringify(neighbours.slice(0, NEIGHBOURS)) }
  }
}

/** An id of goods, as text; nothing of what is none. */
export function itemOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
