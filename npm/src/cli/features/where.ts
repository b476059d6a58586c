// The `where` of a feature: a conjunction of comparisons, of which those of the event's name and of the time have members
// of their own in a declaration, and the others are a condition.

import type { Expr, ExprBinary, ExprRef, ExprUnary } from 'pgsql-ast-parser'

import { type Column, column } from './column.js'
import {
  all,
  asked,
  askedOfTrait,
  type Comparison,
  type Condition,
  type Constant,
  compares,
  constant,
} from './condition.js'
import type { EventName } from './event_name.js'
import type { Input } from './input.js'
import { isEndTime, kind, type Sql, sql } from './sql.js'
import { ago } from './window.js'
import { Untranslated, type Value } from './yaml_file.js'

/** What a feature is translated with. */
export interface Context {
  input: Input
  eventName: EventName
  note(text: string): void
}

export interface Where {
  event?: string
  window?: string
  /** Conditions by the column that they are about. */
  conditions: { column: string; operator: string; condition: Condition }[]
}

const FLIPPED: Record<string, string> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=', '!=': '!=' }

export function where(value: Value, context: Context): Where {
  const found: Where = { conditions: [] }
  if (value.isAbsent) return found
  const read = sql(value)
  for (const part of conjuncts(read.expression)) new Part(value, read, context, found).read(part)
  return found
}

/** The condition of a declaration; what only asks that `column` is there, is left out. */
export const condition = ({ conditions }: Where, column?: string): Condition | undefined =>
  all(conditions.filter((one) => one.column !== column || one.operator !== 'IS NOT NULL').map((one) => one.condition))

/** Whether rows without a value in this column are left out. */
export const isPresent = ({ conditions }: Where, column: string): boolean =>
  conditions.some((one) => one.column === column && one.operator !== 'IS NULL')

const conjuncts = (part: Expr): Expr[] =>
  part.type === 'binary' && part.op === 'AND' ? [...conjuncts(part.left), ...conjuncts(part.right)] : [part]

const isColumn = (part: Expr): part is ExprRef => part.type === 'ref' && !part.table && !isEndTime(part)

class Part {
  constructor(
    private readonly value: Value,
    private readonly sql: Sql,
    private readonly context: Context,
    private readonly found: Where,
  ) {}

  read(part: Expr): void {
    if (part.type === 'unary' && (part.op === 'IS NULL' || part.op === 'IS NOT NULL')) this.isNull(part)
    else if (part.type === 'binary' && compares(part.op)) this.compares(part)
    else throw this.refused(part, `${kind(part)} is not translated in a condition`)
  }

  private isNull(part: ExprUnary): void {
    const name = this.column(part.operand, part)
    const is = column(name, this.context.input)
    // These every event has.
    if (is.is === 'timestamp' || is.is === 'event') {
      if (part.op === 'IS NULL') throw this.refused(part, `every event has a \`${name}\``)
      return
    }
    this.add(name, is, { operator: part.op, constants: [] }, part)
  }

  private compares(part: ExprBinary): void {
    const isFlipped = isColumn(part.right) && !isColumn(part.left)
    const [left, right] = isFlipped ? [part.right, part.left] : [part.left, part.right]
    const operator = isFlipped ? FLIPPED[part.op] : part.op
    if (operator === undefined) throw this.refused(part, `${kind(part.left)} is not translated in a condition`)
    const name = this.column(left, part)
    const is = column(name, this.context.input)
    if (is.is === 'timestamp') this.time(operator, right, part)
    else this.add(name, is, { operator, constants: this.constants(right, part) }, part)
  }

  private time(operator: string, right: Expr, part: Expr): void {
    if ((operator === '<=' || operator === '<') && isEndTime(right)) return
    const window = operator === '>' || operator === '>=' ? ago(right) : undefined
    if (window === undefined)
      throw this.refused(
        part,
        "a time is translated only as `timestamp > {{end_time}} - INTERVAL 'N day'`, in seconds to weeks",
      )
    if (this.found.window !== undefined) throw this.refused(part, 'there is a window already')
    if (operator === '>=') this.context.note(`the window of ${window} is without the event that is exactly so old`)
    this.found.window = window
  }

  private constants(right: Expr, part: Expr): Constant[] {
    const items = right.type === 'list' ? right.expressions : [right]
    return items.map((item) => {
      const found = isEndTime(item) ? undefined : constant(item)
      if (found !== undefined) return found
      const what = item.type === 'null' ? 'what is compared with null is never true' : `${kind(item)} is no constant`
      throw this.refused(part, what)
    })
  }

  private add(name: string, is: Column, comparison: Comparison, part: Expr): void {
    const { operator } = comparison
    if (is.is === 'unknown') throw this.refused(part, is.why)
    if (is.is === 'event') this.event(name, is.isWritten, comparison, part)
    if (is.is === 'event' || is.is === 'timestamp') return
    if (is.is === 'path') tell(name, is, this.context)
    const condition = is.is === 'trait' ? askedOfTrait(is.trait, comparison) : { [is.path]: asked(comparison) }
    this.found.conditions.push({ column: name, operator, condition })
  }

  private event(column: string, isWritten: boolean, { operator, constants }: Comparison, part: Expr): void {
    const { input, eventName } = this.context
    if (operator !== '=' && operator !== '!=' && operator !== 'IN' && operator !== 'NOT IN')
      throw this.refused(part, `\`${operator.toLowerCase()}\` of an event's name is not translated`)
    if (input.kind === 'event') {
      if (isWritten && operator === '=' && constants[0] === input.event) return
      throw this.refused(part, `all rows of \`${input.event}\` are one event's`)
    }
    const names = constants.map((name) => (isWritten ? eventName(String(name)) : String(name)))
    const [only] = names
    if (operator === '=' && only !== undefined && this.found.event === undefined) this.found.event = only
    else this.found.conditions.push({ column, operator, condition: { event: asked({ operator, constants: names }) } })
  }

  private column(operand: Expr, part: Expr): string {
    if (isColumn(operand)) return operand.name
    throw this.refused(part, `${kind(operand)} is not translated in a condition`)
  }

  private refused(part: Expr, what: string): Untranslated {
    return new Untranslated(this.value, `\`${this.sql.quote(part)}\`: ${what}`)
  }
}

/** Tells at which path a column is taken to be, where its name leaves that open. */
export function tell(name: string, is: Extract<Column, { is: 'path' }>, { note }: Context): void {
  if (is.isAssumed) note(`the column \`${name}\` is taken for \`${is.path}\``)
}
