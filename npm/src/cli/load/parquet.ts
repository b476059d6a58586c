// Rows of a Parquet file, by the library `hyparquet`: pure JavaScript, without dependencies. It reads a group of rows at a
// time, so memory is bounded by what the largest group of the file holds. Gzip, Brotli and Zstandard are Node.js' own.

import { open } from 'node:fs/promises'
import zlib from 'node:zlib'

import { type AsyncBuffer, type Compressors, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'

import { Refused } from '../failure.js'
import type { Rows } from './row.js'

/** Rows that are made objects at once. */
const AT_ONCE = 5000

/** Reads the file; `told` hears how much of it was read. */
export async function* parquet(file: string, told: (share: number) => void): Rows {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const bytes: AsyncBuffer = {
      byteLength: size,
      async slice(start, end = size) {
        const buffer = new ArrayBuffer(end - start)
        await handle.read(new Uint8Array(buffer), 0, end - start, start)
        return buffer
      },
    }
    const metadata = await parquetMetadataAsync(bytes)
    const total = Number(metadata.num_rows)
    let before = 0
    for (const group of metadata.row_groups) {
      const end = before + Number(group.num_rows)
      for (let from = before; from < end; from += AT_ONCE) {
        const until = Math.min(from + AT_ONCE, end)
        const read = { file: bytes, metadata, compressors, rowStart: from, rowEnd: until, useOffsetIndex: true }
        const objects = await parquetReadObjects(read)
        yield objects.map((row, at) => ({
          line: from + at + 1,
          names: Object.keys(row),
          values: Object.values(row).map(plain),
        }))
        told(until / total)
      }
      before = end
    }
  } catch (error) {
    if (error instanceof Refused) throw error
    throw new Refused(`${file} cannot be read as Parquet (${(error as Error).message.slice(0, 100)}): export it again`)
  } finally {
    await handle.close()
  }
}

/** As JSON has it: moments as texts, integers as numbers where a number holds them. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return null
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}

const compressors: Compressors = {
  GZIP: (bytes) => zlib.gunzipSync(bytes),
  BROTLI: (bytes) => zlib.brotliDecompressSync(bytes),
  ZSTD: (bytes) => {
    const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array }
    if (zstdDecompressSync) return zstdDecompressSync(bytes)
    throw new Refused(
      'this file is compressed with Zstandard, which Node.js reads from 22.15 on: export it with Snappy or Gzip',
    )
  },
}
