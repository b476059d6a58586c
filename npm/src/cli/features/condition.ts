// A comparison of SQL as a condition in GrowthBook's language. In SQL a comparison with null holds for no row, and in
// GrowthBook's language `$ne` and `<` may hold for what is absent: so each asks that there is something.

import type { Expr } from 'pgsql-ast-parser'

export type Condition = Record<string, unknown>
export type Constant = string | number | boolean

/** A comparison of a column with constants, whose left side is the column. */
export interface Comparison {
  operator: string
  constants: Constant[]
}

const NAMES: Record<string, string> = {
  '=': '$eq',
  '!=': '$ne',
  '<': '$lt',
  '<=': '$lte',
  '>': '$gt',
  '>=': '$gte',
  IN: '$in',
  'NOT IN': '$nin',
}

/** Whether an operator compares, and so holds for no null. */
export const compares = (operator: string): boolean => Object.hasOwn(NAMES, operator)

/** What is asked of the value of a column, by operator of GrowthBook's language. */
export function asked({ operator, constants }: Comparison): Condition {
  if (operator === 'IS NULL') return { $exists: false }
  if (operator === 'IS NOT NULL') return { $exists: true }
  const name = NAMES[operator] ?? operator
  const isList = name === '$in' || name === '$nin'
  const one = { [name]: isList ? constants : constants[0] }
  return name === '$eq' || name === '$in' ? one : { ...one, $exists: true }
}

/**
 * What is asked of a trait. RudderStack writes both `traits` and `context.traits` of an identify into the same column,
 * and the former win.
 */
export function askedOfTrait(trait: string, comparison: Comparison): Condition {
  const [outer, inner] = [`traits.${trait}`, `context.traits.${trait}`]
  const wanted = asked(comparison)
  if (comparison.operator === 'IS NULL') return { [outer]: wanted, [inner]: wanted }
  const short = shortened(wanted)
  return { $or: [{ [outer]: short }, { [outer]: { $exists: false }, [inner]: short }] }
}

/** All of these, as one condition that is as flat as can be. */
export function all(conditions: Condition[]): Condition | undefined {
  const flat: Record<string, Condition> = {}
  const others: Condition[] = []
  for (const condition of conditions) {
    const entries = Object.entries(condition) as [string, Condition][]
    const isFlat = entries.every(([path, wanted]) => !path.startsWith('$') && fits(flat[path], wanted))
    if (!isFlat) others.push(condition)
    else for (const [path, wanted] of entries) flat[path] = { ...flat[path], ...wanted }
  }
  const short = Object.fromEntries(Object.entries(flat).map(([path, wanted]) => [path, shortened(wanted)]))
  if (others.length === 0) return conditions.length === 0 ? undefined : short
  const parts = Object.keys(flat).length > 0 ? [short, ...others] : others
  return parts.length === 1 ? parts[0] : { $and: parts }
}

/** Whether operators may stand beside those that are there: none of them with another operand. */
const fits = (present: Condition = {}, wanted: Condition): boolean =>
  Object.entries(wanted).every(([name, operand]) => !Object.hasOwn(present, name) || present[name] === operand)

/** `{"$eq": 1}` as `1` */
function shortened(wanted: Condition): unknown {
  return Object.keys(wanted).length === 1 && Object.hasOwn(wanted, '$eq') ? wanted.$eq : wanted
}

/** The constant that an expression is; null, a column, a calculation are none. */
export function constant(part: Expr): Constant | undefined {
  switch (part.type) {
    case 'string':
    case 'integer':
    case 'numeric':
    case 'boolean':
      return part.value
    default:
      return undefined
  }
}
