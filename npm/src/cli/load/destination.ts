// Where pairs go: a batch at a time, each of which has arrived when `put` resolves. A batch that was put twice does no harm.

import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'

import { WrongUsage } from '../failure.js'
import { why } from '../input.js'

export interface Destination {
  /** What it is called in what is told. */
  name: string
  /** What it is, for knowing it again: no secret. */
  of: object
  /** Takes pairs as they stand in Cloudflare's bulk JSON. */
  put(pairs: string[]): Promise<void>
  /** Of a file: begins after what an earlier run has written, and says how long it is. */
  begin?(bytes: number): Promise<void>
  bytes?(): number
  end?(): Promise<void>
}

/** Nowhere: `--dry-run`. */
export const nowhere: Destination = { name: 'nothing', of: {}, put: async () => {} }

/** A file as `wrangler kv bulk put` takes it. */
export function outFile(file: string): Destination {
  let handle: FileHandle | undefined
  let length = 0
  const write = async (text: string) => {
    const bytes = Buffer.from(text)
    await handle?.write(bytes, 0, bytes.length, length)
    length += bytes.length
  }
  return {
    name: file,
    of: { out: file },
    async begin(bytes) {
      try {
        handle = await open(file, bytes === 0 ? 'w' : 'r+', 0o600)
      } catch (error) {
        throw new WrongUsage(`${file} cannot be written: ${why(error)}; name another file with --out`)
      }
      // An earlier run has written so much; if that is gone, so are its pairs.
      if ((await handle.stat()).size < bytes)
        throw new WrongUsage(`${file} is shorter than it was left: run this with --again`)
      await handle.truncate(bytes)
      length = bytes
    },
    put: (pairs) => write(`${length === 0 ? '[\n' : ',\n'}${pairs.join(',\n')}`),
    bytes: () => length,
    async end() {
      await write(length === 0 ? '[]\n' : '\n]\n')
      await handle?.close()
    },
  }
}
