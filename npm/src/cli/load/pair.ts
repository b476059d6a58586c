// What of a row is put where: the key of its id, and the `data` object of the Activation API with its features; or what is
// wrong with it. Ids that name nobody are those of the feed (feed/src/event/alias.rs), and the sizes are those of a page.

import type { Bad, Row } from './row.js'

export interface Shape {
  entity: string
  idType: string
  /** The column that has the id; by default the one that is called as its type is, in whatever case. */
  idColumn?: string | undefined
  view: string
  /** The columns that are features; by default all but the id's. */
  columns?: ReadonlySet<string> | undefined
}

export interface Pair {
  key: string
  value: string
}

/** What a page reads of a profile (src/profile/mod.rs); KV itself would take 25 MiB. */
const VALUE_BYTES = 64 * 1024
/** The longest key of KV. */
const KEY_BYTES = 512
/** As many bytes as a character can have in UTF-8. */
const WIDEST = 3

const NOBODY = new Set(
  'anonymous guest distinctid distinct_id id not_authenticated email undefined true false nan none null unknown invalid -1'.split(
    ' ',
  ),
).add('[object object]')

/** Makes pairs of rows in this shape. */
export function pairs(shape: Shape): (row: Row) => Pair | Bad {
  const stem = `${shape.entity}:${shape.idType}:`
  const begin = `{${JSON.stringify(shape.view)}:{`
  const columnsOf = remembered(shape)
  return (row) => {
    const bad = (wrong: string): Bad => ({ line: row.line, wrong, row: named(row) })
    const columns = columnsOf(row.names)
    if (columns.id < 0)
      return bad(
        `has no column ${shape.idColumn ?? shape.idType}; name the one of the id with --id ${shape.idType}=COLUMN`,
      )
    const id = idOf(row.values[columns.id])
    if (id === undefined) return bad(`has no id in ${row.names[columns.id]}`)
    if (!isSomebody(id)) return bad(`has a word for nobody in ${row.names[columns.id]}, and no id`)
    const key = stem + id
    if (isLonger(key, KEY_BYTES)) return bad(`has an id that is too long: a key of KV has ${KEY_BYTES} bytes at most`)
    let value = begin
    for (const { at, member } of columns.features) value += member(value === begin) + JSON.stringify(row.values[at])
    value += '}}'
    if (isLonger(value, VALUE_BYTES))
      return bad(`is larger than the ${VALUE_BYTES} bytes that a page reads of a profile`)
    if (key.includes('\uFFFD') || value.includes('\uFFFD')) return bad('has a character that is not UTF-8')
    return { key, value }
  }
}

/** Whether a column is the one that has the id. */
export const isIdOf =
  ({ idType, idColumn }: Shape) =>
  (name: string): boolean =>
    idColumn === undefined ? name.toLowerCase() === idType.toLowerCase() : name === idColumn

interface Columns {
  id: number
  features: { at: number; member: (isFirst: boolean) => string }[]
}

/** Where which column stands; rows of one file mostly have the same. */
function remembered(shape: Shape): (names: readonly string[]) => Columns {
  let last: { names: readonly string[]; columns: Columns } | undefined
  const { columns } = shape
  const isId = isIdOf(shape)
  return (names) => {
    if (last && isSame(last.names, names)) return last.columns
    const id = names.findIndex(isId)
    const features = names
      .map((name, at) => ({ name, at }))
      .filter(({ name, at }) => at !== id && (columns?.has(name) ?? true))
      .map(({ name, at }) => {
        const text = `${JSON.stringify(name)}:`
        return { at, member: (isFirst: boolean) => (isFirst ? text : `,${text}`) }
      })
    last = { names, columns: { id, features } }
    return last.columns
  }
}

const isSame = (one: readonly string[], other: readonly string[]) =>
  one === other || (one.length === other.length && one.every((name, at) => name === other[at]))

const named = ({ names, values }: Row) => Object.fromEntries(names.map((name, at) => [name, values[at]]))

function idOf(value: unknown): string | undefined {
  if (typeof value === 'string') {
    const id = value.trim()
    return id === '' || id === '\\N' ? undefined : id
  }
  return typeof value === 'number' ? String(value) : undefined
}

function isSomebody(id: string): boolean {
  const word = id
    .replace(/^['"]+|['"]+$/g, '')
    .trim()
    .toLowerCase()
  return !/^[0-]*$/.test(word) && !NOBODY.has(word)
}

const isLonger = (text: string, bytes: number) => text.length * WIDEST > bytes && Buffer.byteLength(text) > bytes
