// A comparison of `timestamp` with the time at which Profiles runs, as a window: `timestamp > {{end_time}} - INTERVAL '7 day'`,
// and the same by `dateadd`. Months and years have no fixed length, and are not taken for one.

import type { Expr } from 'pgsql-ast-parser'

import { isEndTime } from './sql.js'

const UNITS: Record<string, [number, string]> = {
  second: [1, 's'],
  minute: [1, 'm'],
  hour: [1, 'h'],
  day: [1, 'd'],
  week: [7, 'd'],
}

/** `7d`, when the expression is the time of the run less so much; else `undefined`. */
export function ago(part: Expr): string | undefined {
  if (part.type === 'binary' && part.op === '-' && isEndTime(part.left)) return interval(part.right)
  if (part.type !== 'call' || part.function.name !== 'dateadd') return undefined
  const [unit, number, from] = part.args
  if (unit?.type !== 'ref' && unit?.type !== 'string') return undefined
  if (number?.type !== 'integer' || !from || !isEndTime(from)) return undefined
  return length(-number.value, unit.type === 'ref' ? unit.name : unit.value)
}

function interval(part: Expr): string | undefined {
  if (part.type !== 'cast' || part.operand.type !== 'string' || !('name' in part.to) || part.to.name !== 'interval')
    return undefined
  const [, number, unit] = /^\s*(\d{1,9})\s*([a-z]+)\s*$/i.exec(part.operand.value) ?? []
  return number === undefined || unit === undefined ? undefined : length(Number(number), unit)
}

function length(number: number, unit: string): string | undefined {
  const name = unit.toLowerCase().replace(/s$/, '')
  const [factor, letter] = Object.hasOwn(UNITS, name) ? (UNITS[name] ?? []) : []
  return factor === undefined || number < 1 ? undefined : `${number * factor}${letter}`
}
