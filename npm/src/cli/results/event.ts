// A row of an export as an event: as RudderStack's SDKs send it, in JSON, or as its warehouse destinations write it, in
// columns whose names are in snake case and in any letters.

import type { Row } from '../load/row.js'

export interface Event {
  visitor: string
  atMs: number
  name?: string
  /** Where it says that a variation was seen. */
  exposure?: { experiment: string; variation: string }
}

interface Asked {
  unit?: string
  goal?: string
}

/** As SDKs name it, and as the table of a warehouse is named. */
const VIEWED = /^experiment[ _]viewed$/i

/** `anonymousId`, `ANONYMOUS_ID` and `anonymous_id` are one name. */
const plain = (name: string) => name.replaceAll('_', '').toLowerCase()

/** Whether a column's values are ids, which stay texts whatever they look like. */
export const isId = (column: string): boolean => /id$/.test(plain(column)) || plain(column) === 'event'

/**
 * What a row says, or what is wrong with it; `unit` is the column by which a visitor is one, `goal` the event that is hoped for. An
 * order may well carry its visitor's variation: that makes no exposure of it.
 */
export function eventOf(row: Row, { unit = 'anonymous_id', goal }: Asked): Event | { wrong: string } {
  const members = membersOf(row)
  const visitor = text(members.get(plain(unit)))
  if (visitor === undefined) return { wrong: `has nobody in ${unit}` }
  // A warehouse has the time that the device told, made right, as `timestamp`.
  const time = members.get('timestamp') ?? members.get('originaltimestamp') ?? members.get('receivedat')
  const atMs = instant(time)
  if (atMs === undefined) return { wrong: 'has no time in timestamp' }
  const [experiment, variation] = [text(members.get('experimentid')), text(members.get('variationid'))]
  const name = text(members.get('eventtext')) ?? text(members.get('event'))
  const mayExpose = name === undefined || (goal === undefined ? VIEWED.test(name) : name !== goal)
  return {
    visitor,
    atMs,
    ...(name !== undefined && { name }),
    ...(mayExpose && experiment !== undefined && variation !== undefined && { exposure: { experiment, variation } }),
  }
}

/** The members of a row by their plain names, those of `properties` among them. */
function membersOf({ names, values }: Row): Map<string, unknown> {
  const members = new Map<string, unknown>()
  names.forEach((name, at) => {
    const value = values[at]
    members.set(plain(name), value)
    if (plain(name) !== 'properties' || typeof value !== 'object' || value === null) return
    for (const [inner, own] of Object.entries(value)) members.set(plain(inner), own)
  })
  return members
}

/** A text with something in it, of a text or a number. */
function text(value: unknown): string | undefined {
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? String(value) : undefined
}

/** Milliseconds since 1970 of a time that a warehouse or an SDK writes; without a zone it is UTC. */
function instant(value: unknown): number | undefined {
  if (value instanceof Date) return value.getTime()
  if (typeof value === 'number') return value > SECONDS_END ? value : value * 1000
  if (typeof value !== 'string') return undefined
  const written = value.trim().replace(/ UTC$/, 'Z').replace(' ', 'T')
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(written)
  const ms = Date.parse(hasZone || !written.includes('T') ? written : `${written}Z`)
  return Number.isNaN(ms) ? undefined : ms
}

/** Later seconds are of the year 5138, so they are milliseconds. */
const SECONDS_END = 100_000_000_000
