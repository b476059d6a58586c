// How far an export was loaded: a small file beside it, so that a run that was killed is gone on with after the last batch
// that was confirmed. It holds counts and digests, and nothing of a row; it goes when everything is loaded.

import { createHash } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'

import type { Export } from './file.js'

export interface Confirmed {
  /** Rows of the file that are done with, bad ones too. */
  rows: number
  written: number
  rejected: number
  /** Bytes of the file of rejected rows, and of `--out`. */
  rejectedBytes: number
  outBytes: number
}

export const NOTHING: Confirmed = { rows: 0, written: 0, rejected: 0, rejectedBytes: 0, outBytes: 0 }

export class Progress {
  readonly file: string
  readonly #digest: string

  /** `how` is all that says what is written where: what was loaded otherwise is no beginning of this. */
  constructor({ file, digest }: Export, how: object) {
    this.file = `${file}.progress.json`
    this.#digest = createHash('sha256').update(digest).update(JSON.stringify(how)).digest('hex')
  }

  /** What an earlier run of the same confirmed; `undefined` when there was none. */
  async read(): Promise<Confirmed | undefined> {
    try {
      const { of, confirmed } = JSON.parse(await readFile(this.file, 'utf8'))
      return of === this.#digest ? { ...NOTHING, ...confirmed } : undefined
    } catch {
      return undefined
    }
  }

  /** Whole or not at all, whenever the process ends. */
  async write(confirmed: Confirmed): Promise<void> {
    const next = `${this.file}.next`
    await writeFile(next, `${JSON.stringify({ of: this.#digest, confirmed })}\n`)
    await rename(next, this.file)
  }

  async end(): Promise<void> {
    await rm(this.file, { force: true })
    await rm(`${this.file}.next`, { force: true })
  }
}
