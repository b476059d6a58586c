// Loading: the rows of an export, in its order, made pairs and put in batches, each confirmed before the next. Of rows with the
// same id the last one wins, whole: nothing is merged.

import type { Destination } from './destination.js'
import { type Export, rowsOf } from './file.js'
import { Meter } from './meter.js'
import type { Pair } from './pair.js'
import { type Confirmed, NOTHING, type Progress } from './progress.js'
import { Rejected } from './rejected.js'
import { type Bad, isBad, type Row } from './row.js'

/** What Cloudflare takes in one call is 10,000 pairs and 100 MB; less is in memory. */
const BATCH_PAIRS = 10_000
const BATCH_LENGTH = 4 * 1024 * 1024

export interface Load {
  given: Export
  pairOf: (row: Row) => Pair | Bad
  /** What is put when all rows are there, which were so many. */
  last?: ((rows: number) => Pair) | undefined
  separator?: string | undefined
  isText: (column: string) => boolean
  /** Seconds after which KV forgets them; never when it is left out. */
  ttlS?: number | undefined
  destination: Destination
  /** Where it is noted how far it came; a dry run notes nothing and keeps no rejected rows. */
  progress?: Progress | undefined
  /** What an earlier run confirmed. */
  from?: Confirmed | undefined
}

export interface Loaded {
  rows: number
  written: number
  rejected: number
  rejectedFile?: string
  /** The key of the first pair. */
  example?: string
  rowsPerSecond: number
}

export async function load({
  given,
  pairOf,
  last,
  separator,
  isText,
  ttlS,
  destination,
  progress,
  from = NOTHING,
}: Load): Promise<Loaded> {
  const meter = new Meter(from.rows)
  const rejected = new Rejected(given.file, { isKept: progress !== undefined })
  await rejected.begin(from.rejectedBytes, from.rejected)
  await destination.begin?.(from.outBytes)
  const behind = ttlS === undefined ? '}' : `,"expiration_ttl":${ttlS}}`
  let { rows, written } = { rows: 0, written: from.written }
  let batch = new Map<string, string>()
  let length = 0
  let example: string | undefined

  const add = ({ key, value }: Pair) => {
    const before = batch.get(key)
    // What came first of one id is put where the last stands.
    if (before !== undefined) {
      batch.delete(key)
      length -= before.length
    }
    const pair = `{"key":${JSON.stringify(key)},"value":${JSON.stringify(value)}${behind}`
    batch.set(key, pair)
    length += pair.length
    example ??= key
  }
  const confirm = async () => {
    if (batch.size > 0) await destination.put([...batch.values()])
    written += batch.size
    batch = new Map()
    length = 0
    const rejectedBytes = await rejected.flush()
    await progress?.write({
      rows,
      written,
      rejected: rejected.count,
      rejectedBytes,
      outBytes: destination.bytes?.() ?? 0,
    })
  }

  try {
    for await (const some of rowsOf(given, { separator, isText }, (share) => meter.read(share))) {
      for (const row of some) {
        rows += 1
        if (rows <= from.rows) continue
        const pair = isBad(row) ? row : pairOf(row)
        if ('wrong' in pair) await rejected.add(pair, (line) => meter.tell(line))
        else add(pair)
        if (batch.size >= BATCH_PAIRS || length >= BATCH_LENGTH) await confirm()
      }
      meter.rows(rows)
    }
    const rowsWritten = written + batch.size
    if (last && rowsWritten > 0) add(last(rowsWritten))
    await confirm()
    if (last && rowsWritten > 0) written -= 1
    await destination.end?.()
    await progress?.end()
  } finally {
    meter.end()
    await rejected.close()
  }
  return {
    rows,
    written,
    rejected: rejected.count,
    ...(progress && rejected.count > 0 && { rejectedFile: rejected.file }),
    ...(example !== undefined && { example }),
    rowsPerSecond: meter.perSecond(),
  }
}
