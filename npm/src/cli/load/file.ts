// The export that is loaded: its format by name, whether it is gzip, and by what it is known again when it is loaded on.

import { createHash } from 'node:crypto'
import { createReadStream, type ReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip, type Gunzip } from 'node:zlib'

import { Refused, WrongUsage } from '../failure.js'
import { why } from '../input.js'
import type { Rows } from './row.js'

export const FORMATS = ['jsonl', 'csv', 'parquet'] as const
export type Format = (typeof FORMATS)[number]

const BEGINNING_BYTES = 1024 * 1024

export interface Export {
  file: string
  format: Format
  isGzip: boolean
  size: number
  /** Of the size and the first megabyte. */
  digest: string
}

/** Looks at the file. */
export async function look(file: string, format: Format | undefined): Promise<Export> {
  const { size, beginning } = await beginningOf(file)
  const isGzip = beginning[0] === 0x1f && beginning[1] === 0x8b
  const found = format ?? (beginning.toString('latin1', 0, 4) === 'PAR1' ? 'parquet' : byName(file))
  if (found === 'parquet' && isGzip)
    throw new WrongUsage(`${file} is gzip around Parquet, which compresses by itself: unpack it`)
  const digest = createHash('sha256').update(`${size}:`).update(beginning).digest('hex')
  return { file, format: found, isGzip, size, digest }
}

async function beginningOf(file: string) {
  try {
    const handle = await open(file)
    try {
      const { size } = await handle.stat()
      const beginning = Buffer.alloc(Math.min(size, BEGINNING_BYTES))
      await handle.read(beginning, 0, beginning.length, 0)
      return { size, beginning }
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw new WrongUsage(`${file} cannot be read: ${why(error)}; name the export of a feature view`)
  }
}

function byName(file: string): Format {
  const [, ending = ''] = /\.([a-z]+)$/i.exec(file.replace(/\.gz$/i, '')) ?? []
  const format = (
    { jsonl: 'jsonl', ndjson: 'jsonl', json: 'jsonl', csv: 'csv', tsv: 'csv', parquet: 'parquet' } as const
  )[ending.toLowerCase() as 'csv']
  if (!format)
    throw new WrongUsage(`${file} has no name that tells its format: tell it with --format ${FORMATS.join('|')}`)
  return format
}

/** Its rows; `told` hears what share of the file was read. */
export async function* rowsOf(
  { file, format, isGzip, size }: Export,
  { separator, isText }: { separator?: string | undefined; isText: (column: string) => boolean },
  told: (share: number) => void,
): Rows {
  if (format === 'parquet') {
    // The reader of Parquet is for those who have that.
    const { parquet } = await import('./parquet.js')
    yield* parquet(file, told)
    return
  }
  const raw = createReadStream(file)
  const share = <Some>(rows: Some) => {
    told(raw.bytesRead / size)
    return rows
  }
  try {
    const bytes = isGzip ? unpacked(raw) : raw
    if (format === 'csv') {
      const { csv } = await import('./csv.js')
      for await (const rows of csv(bytes, { separator, isText, file })) yield share(rows)
    } else {
      const { jsonl } = await import('./jsonl.js')
      for await (const rows of jsonl(bytes)) yield share(rows)
    }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (code.startsWith('Z_')) throw new Refused(`${file} is broken as gzip (${message}): export it again`)
    throw error
  } finally {
    raw.destroy()
  }
}

function unpacked(raw: ReadStream): Gunzip {
  const gunzip = createGunzip()
  raw.on('error', (error) => gunzip.destroy(error))
  return raw.pipe(gunzip)
}
