// The rows that were not loaded: the first are told, and all are kept in a file beside the export, each with its line, what is
// wrong with it, and the row itself, so that nothing is lost. Only whoever loads may read that file.

import { type FileHandle, open, rm, stat } from 'node:fs/promises'

import type { Bad } from './row.js'

const TOLD = 5

export class Rejected {
  readonly file: string
  readonly #of: string
  readonly #isKept: boolean
  #told = 0
  #pending = ''
  #handle: FileHandle | undefined
  #bytes = 0
  count = 0

  constructor(of: string, { isKept }: { isKept: boolean }) {
    this.#of = of
    this.file = `${of}.rejected.jsonl`
    this.#isKept = isKept
  }

  /** Begins where an earlier run was: what it kept after that is read again. */
  async begin(bytes: number, count: number): Promise<void> {
    this.count = count
    if (!this.#isKept) return
    // Whoever has taken it away has seen what was in it.
    const { size } = await stat(this.file).catch(() => ({ size: 0 }))
    this.#bytes = Math.min(bytes, size)
    if (this.#bytes === 0) await rm(this.file, { force: true })
    else await (await this.#opened()).truncate(this.#bytes)
  }

  async add(bad: Bad, tell: (line: string) => void): Promise<void> {
    this.count += 1
    this.#told += 1
    if (this.#told <= TOLD) tell(`${this.#of}:${bad.line}: ${bad.wrong}`)
    if (this.#told === TOLD + 1) tell(this.#isKept ? `more of them are in ${this.file}` : 'and more of them')
    if (!this.#isKept) return
    this.#pending += `${JSON.stringify(bad)}\n`
    if (this.#pending.length > 1024 * 1024) await this.flush()
  }

  /** Resolves to how long the file is then. */
  async flush(): Promise<number> {
    if (this.#pending !== '') {
      const text = Buffer.from(this.#pending)
      this.#pending = ''
      await (await this.#opened()).write(text, 0, text.length, this.#bytes)
      this.#bytes += text.length
    }
    return this.#bytes
  }

  async close(): Promise<void> {
    await this.#handle?.close()
  }

  async #opened(): Promise<FileHandle> {
    this.#handle ??= await open(this.file, this.#bytes === 0 ? 'w' : 'r+', 0o600)
    return this.#handle
  }
}
