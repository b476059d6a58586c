// One `entity_var` of Profiles as a declaration of a feature, where its aggregation is one of those that both have.

import type { Expr, ExprCall } from 'pgsql-ast-parser'

import { column } from './column.js'
import type { Condition } from './condition.js'
import { kind, type Sql, sql } from './sql.js'
import { type Context, condition, isPresent, tell, type Where, where } from './where.js'
import { Untranslated, type Value } from './yaml_file.js'

export type Declaration = Record<string, object>

/** The operators that look at numbers or at sets of values, by SQL's names. */
const OPERATORS: Record<string, string> = { sum: 'sum', min: 'min', max: 'max', avg: 'mean' }
/** Those of a trait that do not depend on how often a value came. */
const OF_TRAITS = new Set(['first', 'last', 'min', 'max', 'countDistinct'])
const TYPES = { tracks: 'track', event: 'track', identifies: 'identify', pages: 'page' }
/** Those that are 0, and not null, where there is nothing. */
const ZERO = new Set(['count', 'countDistinct', 'sum'])

/** Translates the entity var; `context.input` is what its `from` reads. */
export function declaration(entityVar: Value, context: Context): Declaration {
  const select = entityVar.get('select')
  const read = sql(select)
  const found = where(entityVar.get('where'), context)
  const { operator, of } = new Select(entityVar, read, context).read()
  checkDefault(entityVar, operator, context)
  const is = of === undefined ? undefined : column(of, context.input)
  if (is?.is === 'unknown') throw new Untranslated(select, is.why)
  if (is?.is === 'event') throw new Untranslated(select, `\`${of}\`: an event's name is no value`)
  const asked = condition(found, of)
  if (of === undefined || is === undefined) return { [operator]: { ...events(context, found), ...rest(found, asked) } }
  if ((operator === 'first' || operator === 'last') && is.is !== 'timestamp' && !isPresent(found, of))
    throw new Untranslated(
      select,
      `is null where the ${operator} event has no \`${of}\`, and here it is that of the ${operator} event that has one: with \`where: ${of} is not null\` both say the same`,
    )
  if (is.is === 'trait') return ofTrait(select, is.trait, operator, found.window !== undefined || asked !== undefined)
  if (is.is === 'path') tell(of, is, context)
  const value = is.is === 'path' ? is.path : 'timestamp'
  return { [operator]: { ...events(context, found), value, ...rest(found, asked) } }
}

/** Which events are looked at. */
function events({ input: { kind, event, told }, eventName }: Context, found: Where): object {
  const name = kind === 'event' && event !== undefined ? eventName(event, told) : found.event
  return name === undefined ? { type: TYPES[kind] } : { event: name }
}

const rest = ({ window }: Where, where: Condition | undefined): object => ({
  ...(where && { where }),
  ...(window !== undefined && { window }),
})

function ofTrait(select: Value, trait: string, operator: string, isConditional: boolean): Declaration {
  if (!OF_TRAITS.has(operator))
    throw new Untranslated(
      select,
      `\`${trait}\` is a trait: how often it was sent is not kept, so neither is its ${operator}`,
    )
  if (isConditional)
    throw new Untranslated(
      select,
      `\`${trait}\` is a trait, and is kept without the event that it came with: only \`is not null\` is translated in its \`where\``,
    )
  return { [operator]: { trait } }
}

/** What is there where there is nothing cannot be chosen: it is 0 for what counts and null for the others. */
function checkDefault(entityVar: Value, operator: string, { note }: Context): void {
  const value = entityVar.get('default_value')
  const isZero = ZERO.has(operator)
  const text = value.isAbsent ? 'null' : (value.text ?? '').trim().toLowerCase()
  if (isZero && text === 'null')
    note(`${entityVar.get('name').text}: where there is nothing it is 0, and null in Profiles`)
  else if (isZero ? Number(text || Number.NaN) !== 0 : text !== 'null')
    throw new Untranslated(
      value,
      `\`${value.text}\` cannot be the default: where there is nothing, \`${operator}\` is ${isZero ? 0 : 'null'}`,
    )
}

/** The `select`: which operator, of which column. */
class Select {
  private readonly select: Value

  constructor(
    private readonly entityVar: Value,
    private readonly sql: Sql,
    private readonly context: Context,
  ) {
    this.select = entityVar.get('select')
  }

  read(): { operator: string; of?: string } {
    const call = this.sql.expression
    if (call.type !== 'call') throw this.refused(call, `${kind(call)} is not translated`)
    if (call.over || call.filter || call.orderBy || call.withinGroup)
      throw this.refused(call, 'is more than one aggregation')
    const name = call.function.name
    if (name !== 'first_value' && name !== 'last_value' && !this.entityVar.get('window').isAbsent)
      throw new Untranslated(this.entityVar.get('window'), `is not translated for \`${name}\``)
    if (name === 'count') return this.count(call)
    if (call.distinct) throw this.refused(call, '`distinct` is translated in `count` only')
    if (name === 'max_by' || name === 'min_by') return this.by(call, name === 'max_by')
    const [argument, ...others] = call.args
    if (argument === undefined || others.length > 0) throw this.refused(call, `${kind(call)} is not translated`)
    if (name === 'first_value' || name === 'last_value')
      return { operator: this.isAscending() === (name === 'first_value') ? 'first' : 'last', of: this.column(argument) }
    const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined
    if (operator === undefined) throw this.refused(call, `${kind(call)} is not translated`)
    return this.number(operator, this.column(argument), call)
  }

  /** The least and the greatest timestamp are those of the first event and of the last. */
  private number(operator: string, of: string, call: Expr): { operator: string; of: string } {
    if (of !== 'timestamp') return { operator, of }
    if (operator !== 'min' && operator !== 'max') throw this.refused(call, 'a timestamp is no number')
    this.context.note(`${this.entityVar.get('name').text}: a time is a text here, such as 2026-11-24T00:00:00.000Z`)
    return { operator: operator === 'min' ? 'first' : 'last', of }
  }

  private count(call: ExprCall): { operator: string; of?: string } {
    const [argument, ...others] = call.args
    if (argument === undefined || others.length > 0) throw this.refused(call, 'of several columns is not translated')
    if (call.distinct) return { operator: 'countDistinct', of: this.column(argument) }
    if (argument.type === 'ref' && argument.name === '*') return { operator: 'count' }
    // Whose rows count is what `where` says, and would say it as well.
    throw this.refused(call, 'only `count(*)` and `count(distinct …)` are translated: put `is not null` into `where`')
  }

  private by(call: ExprCall, isLast: boolean): { operator: string; of: string } {
    const [value, by] = call.args
    if (call.args.length !== 2 || !value || by?.type !== 'ref' || by.name !== 'timestamp')
      throw this.refused(call, 'is translated only by `timestamp`')
    return { operator: isLast ? 'last' : 'first', of: this.column(value) }
  }

  private isAscending(): boolean {
    const order = this.entityVar.get('window').get('order_by')
    const [by, ...others] = order.items()
    const [, direction = 'asc'] = /^\s*timestamp(?:\s+(asc|desc))?\s*$/i.exec(by?.text ?? '') ?? [undefined, '']
    if (direction === '' || others.length > 0) {
      const what = order.isAbsent
        ? 'is missing: the first of no order'
        : 'is translated only by `timestamp asc` or `timestamp desc`'
      throw new Untranslated(order, what)
    }
    const partition = this.entityVar.get('window').get('partition_by')
    if (!partition.isAbsent) throw new Untranslated(partition, 'is not translated')
    return direction.toLowerCase() === 'asc'
  }

  private column(part: Expr): string {
    if (part.type === 'ref' && !part.table && part.name !== '*') return part.name
    throw this.refused(part, `${kind(part)} is not translated, only a column`)
  }

  private refused(part: Expr, what: string): Untranslated {
    return new Untranslated(this.select, `\`${this.sql.quote(part)}\`: ${what}`)
  }
}
