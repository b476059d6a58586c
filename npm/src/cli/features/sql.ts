// The SQL expressions of a Profiles project, parsed: the part that warehouses have in common, with Profiles' own
// `{{end_time}}` in it. It decides nothing about meaning.

import { type Expr, parse } from 'pgsql-ast-parser'

import { Untranslated, type Value } from './yaml_file.js'

/** A parsed expression, and how to quote a part of it. */
export interface Sql {
  expression: Expr
  quote(part: Expr): string
}

const MACRO = /\{\{\s*(.*?)\s*\}\}|\{%.*?%\}|\{#.*?#\}/gs
const END_TIME = /^end_time(?:_sql)?$/
// As long as what it stands for, so that places in the text stay.
const MASK = /^_end_+$/

/** The SQL in a value. */
export function sql(value: Value): Sql {
  const text = value.text ?? ''
  if (text.trim() === '') throw new Untranslated(value, 'has no SQL')
  const masked = text.replace(MACRO, (macro, inside = '') => {
    if (!END_TIME.test(inside)) throw new Untranslated(value, `\`${macro}\` is computed by Profiles`)
    return '_end'.padEnd(macro.length, '_')
  })
  const expression = parsed(masked, value)
  const quote = ({ _location: at }: Expr): string =>
    text
      .slice(at?.start ?? 0, at?.end)
      .replace(/\s+/g, ' ')
      .trim()
  return { expression, quote }
}

function parsed(text: string, value: Value): Expr {
  try {
    // With this entry it is a list of one, which its types do not tell.
    const [found] = parse(text, { entry: 'expr', locationTracking: true }) as unknown as [Expr]
    return found
  } catch (error) {
    const { token } = error as { token?: { text: string } }
    const where = token ? `at \`${token.text}\`` : 'at its end'
    throw new Untranslated(value, `is SQL that is not read here, ${where}`)
  }
}

/** Whether it is the time at which Profiles runs: `{{end_time}}`, in quotes and cast or not. */
export function isEndTime(part: Expr): boolean {
  if (part.type === 'cast') return isEndTime(part.operand)
  if (part.type === 'ref') return MASK.test(part.name)
  return part.type === 'string' && MASK.test(part.value)
}

/** What SQL calls an expression, for saying that it is not translated. */
export function kind(part: Expr): string {
  switch (part.type) {
    case 'case':
      return '`case when`'
    case 'call':
      return `the function \`${part.function.name}\``
    case 'cast':
      return 'a cast'
    case 'binary':
      return `\`${part.op.toLowerCase()}\``
    case 'unary':
      return `\`${part.op.toLowerCase()}\``
    case 'ternary':
      return `\`${part.op.toLowerCase()}\``
    case 'select':
    case 'union':
    case 'with':
      return 'a subquery'
    case 'ref':
      return `the column \`${part.name}\``
    default:
      return `\`${part.type}\``
  }
}
