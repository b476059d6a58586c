// How far it is: a bar on a terminal, and elsewhere a line now and then. On standard error, so that `--json` stays one document.

const WIDTH = 30
const BAR_EVERY_MS = 100
const LINE_EVERY_MS = 10_000

export class Meter {
  readonly #isTerminal = process.stderr.isTTY === true
  readonly #started = performance.now()
  #told = performance.now()
  #share = 0
  #rows = 0
  #first: number

  /** `first` rows were loaded before. */
  constructor(first: number) {
    this.#first = first
  }

  read(share: number): void {
    this.#share = Math.min(share, 1)
  }

  rows(rows: number): void {
    this.#rows = rows
    const now = performance.now()
    if (now - this.#told < (this.#isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS)) return
    this.#told = now
    const done = Math.round(this.#share * WIDTH)
    const text = `${Math.floor(this.#share * 100)} %, ${this.#rows.toLocaleString('en')} rows, ${this.perSecond().toLocaleString('en')} rows/s`
    if (this.#isTerminal) process.stderr.write(`\r[${'#'.repeat(done)}${'-'.repeat(WIDTH - done)}] ${text}\x1b[K`)
    else process.stderr.write(`${text}\n`)
  }

  /** A line that stays. */
  tell(line: string): void {
    this.end()
    process.stderr.write(`${line}\n`)
  }

  end(): void {
    if (this.#isTerminal) process.stderr.write('\r\x1b[K')
  }

  perSecond(): number {
    const seconds = (performance.now() - this.#started) / 1000
    return Math.round(Math.max(this.#rows - this.#first, 0) / Math.max(seconds, 0.001))
  }
}
