// Rows of a CSV file with a header, by the library `csv-parse`: quotes, line ends within them, byte order marks. What
// stands in a field is read as a number, a boolean, null or text. Which character separates is told, or seen in the header:
// the library's own look at that trips over letters that are not ASCII.

import { CsvError, type Parser, parse } from 'csv-parse'

import { Refused } from '../failure.js'
import type { Bad, Row, Rows } from './row.js'

/** More than a page reads, and than a row of features has: a quote that nobody closes ends here at the latest. */
const RECORD_BYTES = 4 * 1024 * 1024

interface Recorded {
  record: string[]
  info: { lines: number }
}

export interface Csv {
  /** What separates fields; it is seen in the header when it is not told. */
  separator?: string | undefined
  /** Whether a column's values are texts, whatever they look like. */
  isText: (column: string) => boolean
  /** What the file is called in a message. */
  file: string
}

/** Reads these bytes. A file whose quotes are wrong cannot be read beyond that place: it is refused there. */
export async function* csv(bytes: AsyncIterable<Buffer>, { separator, isText, file }: Csv): Rows {
  let parser: Parser | undefined
  let failure: Error | undefined
  let header: Header | undefined
  const rows = (records: Recorded[]) => {
    header ??= headerOf(records.shift(), isText, file)
    const { names, areTexts } = header ?? { names: [], areTexts: [] }
    return records.map(({ record, info }) => row(record, info.lines, names, areTexts))
  }
  for await (const chunk of bytes) {
    parser ??= started(separator ?? separatorOf(chunk), (error) => (failure = error))
    parser.write(chunk)
    const records: Recorded[] = []
    for (let next = parser.read(); next !== null; next = parser.read()) records.push(next)
    if (failure) throw refused(failure, file)
    if (records.length > 0) yield rows(records)
  }
  if (!parser) return
  parser.end()
  try {
    for await (const record of parser) yield rows([record as Recorded])
  } catch (error) {
    throw refused(error as Error, file)
  }
}

function started(separator: string, fails: (error: Error) => void): Parser {
  const parser = parse({
    bom: true,
    delimiter: separator,
    info: true,
    max_record_size: RECORD_BYTES,
    // How many fields a row has is told of that row alone.
    relax_column_count: true,
    skip_empty_lines: true,
  })
  return parser.on('error', fails)
}

/** What of these characters the header has most of, outside of quotes. */
function separatorOf(chunk: Buffer): string {
  const [line = ''] = chunk
    .toString('utf8')
    .replace(/"[^"]*"/g, '')
    .split(/\r|\n/)
  const often = (character: string) => line.split(character).length
  return [',', ';', '\t', '|'].reduce((most, other) => (often(other) > often(most) ? other : most))
}

interface Header {
  names: string[]
  areTexts: boolean[]
}

function headerOf(first: Recorded | undefined, isText: Csv['isText'], file: string): Header | undefined {
  if (!first) return undefined
  const names = first.record.map((name) => name.trim())
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined)
    throw new Refused(`${file} has two columns called ${JSON.stringify(twice)}: name one of them otherwise`)
  return { names, areTexts: names.map(isText) }
}

function row(fields: string[], lastLine: number, names: string[], areTexts: boolean[]): Row | Bad {
  if (fields.length === names.length)
    return { line: lastLine, names, values: fields.map((field, at) => (areTexts[at] ? field : meant(field))) }
  const inFields = fields.reduce((sum, field) => sum + field.split('\n').length - 1, 0)
  const wrong = `has ${fields.length} fields where the header has ${names.length}`
  return { line: lastLine - inFields, wrong, row: fields }
}

/** A number as JSON writes it, so that `007`, `+1` and `1,5` stay texts. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const WORDS = new Map<string, unknown>([
  ['', null],
  ['null', null],
  ['\\n', null],
  ['true', true],
  ['false', false],
])

/** What a field says. An integer that a number cannot hold stays text, as an id of 18 digits must. */
export function meant(field: string): unknown {
  if (field.length <= 5) {
    const word = WORDS.get(field.toLowerCase())
    if (word !== undefined) return word
  }
  if (!NUMBER.test(field)) return field
  const number = Number(field)
  const isExact = !Number.isInteger(number) || Number.isSafeInteger(number)
  return isExact && Number.isFinite(number) ? number : field
}

function refused(error: Error, file: string): Error {
  if (!(error instanceof CsvError)) return error
  const line = typeof error.lines === 'number' ? `:${error.lines}` : ''
  const what = WRONG[error.code] ?? `is no CSV (${error.code})`
  return new Refused(`${file}${line}: ${what}; mend it and run this again, or tell another --separator`)
}

/** The library's own messages quote what stands there. */
const WRONG: Partial<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: 'a quote stands within a quoted field, and is not doubled',
  INVALID_OPENING_QUOTE: 'a quote stands within a field that does not begin with one',
  CSV_QUOTE_NOT_CLOSED: 'the file ends within quotes',
  CSV_MAX_RECORD_SIZE: `a row has more than ${RECORD_BYTES} bytes, or a quote before it is never closed`,
}
