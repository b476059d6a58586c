// Rows of a JSONL file: an object a line. A line that is none is told, and the lines after it are read.

import { isUtf8 } from 'node:buffer'

import type { Bad, Row, Rows } from './row.js'

/** A longer line is no row of features: a page reads 64 KB. */
const LINE_BYTES = 4 * 1024 * 1024

const LF = 0x0a
const BOM = /^\uFEFF/

/** Reads the lines of these bytes. What a line is too long for is not kept, so memory is bounded. */
export async function* jsonl(bytes: AsyncIterable<Buffer>): Rows {
  let line = 0
  let begun: Buffer[] = []
  let length = 0
  const add = (part: Buffer) => {
    length += part.length
    // Of a line that is too long, its beginning says which it is.
    if (length <= LINE_BYTES) begun.push(part)
  }
  const end = (): Row | Bad | undefined => {
    line += 1
    const whole = begun.length === 1 ? (begun[0] as Buffer) : Buffer.concat(begun)
    const row = length > LINE_BYTES ? tooLong(line, whole) : parsed(line, whole)
    begun = []
    length = 0
    return row
  }
  for await (const chunk of bytes) {
    const rows: (Row | Bad)[] = []
    let from = 0
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      add(chunk.subarray(from, at))
      from = at + 1
      const row = end()
      if (row) rows.push(row)
    }
    if (from < chunk.length) add(chunk.subarray(from))
    yield rows
  }
  const last = length > 0 ? end() : undefined
  if (last) yield [last]
}

const tooLong = (line: number, begin: Buffer): Bad => ({
  line,
  wrong: `is longer than ${LINE_BYTES} bytes; only its beginning is kept here`,
  row: begin.toString('utf8', 0, 1024),
})

/** Nothing of an empty line. */
function parsed(line: number, bytes: Buffer): Row | Bad | undefined {
  const read = bytes.toString('utf8')
  const text = line === 1 ? read.replace(BOM, '') : read
  if (text.trim() === '') return undefined
  if (!isUtf8(bytes)) return { line, wrong: 'is not UTF-8', row: text }
  let row: unknown
  try {
    row = JSON.parse(text)
  } catch {
    // The parser's own message quotes the row.
    return { line, wrong: 'is not JSON', row: text }
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    return { line, wrong: 'is JSON, but no object of columns', row }
  return { line, names: Object.keys(row), values: Object.values(row) }
}
