// The published personalization, which replaces the deployed one without a deploy: when it is looked for. Pages are answered
// with what runs meanwhile. Whether what was found is right, and runs, is the site's to say.

import { isProcess, uncached } from './environment.js'
import { tell } from './trouble.js'
import type { WaitUntil } from './wait_until.js'
import { textWithin } from './within.js'

/** Brings the text that is published; nothing where none is. */
export type Look = (signal: AbortSignal) => Promise<string | undefined>

/** Where a Worker keeps it in KV, and beside it the one before. */
export const KEY = 'pintle:personalization'
export const KEY_BEFORE = `${KEY}:before`

/** With the half minute for which KV may answer out of its cache, a new one runs within a minute. */
const EVERY_MS = 25_000
export const CACHED_S = 30

/** How long the first page of all waits for it: as long as for a profile. */
const FIRST_WAIT_MS = 150
const DEADLINE_MS = 5_000
/** A longer text is none of ours, and would be compiled on every isolate. */
export const MOST_LENGTH = 1_000_000
/** No character has more in UTF-8. */
const MOST_BYTES = 4 * MOST_LENGTH

export class Published {
  readonly #bring: Look
  readonly #take: (text: string | undefined) => void
  #hasLooked = false
  #nextMs = 0
  #first: Promise<void> | undefined

  /** `take` is handed what is published, each time that it was looked for. */
  constructor(bring: Look, take: (text: string | undefined) => void) {
    this.#bring = bring
    this.#take = take
  }

  /**
   * Looks again, where it is time to. A promise comes back as long as it was never looked: whoever waits for it decides as
   * everybody does, on a program that has just begun as well.
   */
  look(waitUntil: WaitUntil): Promise<void> | undefined {
    const nowMs = Date.now()
    if (!this.#hasLooked) return this.#begin(waitUntil)
    if (nowMs < this.#nextMs) return undefined
    this.#nextMs = nowMs + EVERY_MS
    waitUntil(this.#looked())
    return undefined
  }

  #begin(waitUntil: WaitUntil): Promise<void> {
    // In an isolate a request may not wait for what another one has begun.
    if (this.#first && isProcess()) return this.#first
    const looked = this.#looked()
    waitUntil(looked)
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FIRST_WAIT_MS)
    })
    this.#first = Promise.race([looked, late]).finally(() => {
      clearTimeout(timer)
      // Nobody waits a second time.
      this.#hasLooked = true
      this.#nextMs = Date.now() + EVERY_MS
    })
    return this.#first
  }

  async #looked(): Promise<void> {
    try {
      const text = await this.#bring(AbortSignal.timeout(DEADLINE_MS))
      this.#take(text?.trim() || undefined)
    } catch (error) {
      tell('pintle: the published personalization cannot be read, so what runs runs on:', error)
    }
  }
}

/** What stands at a URL. Only what was answered with 200 is published: an outage of its server takes nothing back. */
export const atUrl =
  (url: string): Look =>
  async (signal) => {
    const response = await fetch(url, { signal, headers: { accept: 'application/json' }, ...uncached() })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Error(`PERSONALIZATION_URL answered with status ${response.status}`)
    }
    const text = await textWithin(response, MOST_BYTES)
    if (text === undefined) throw new Error(`PERSONALIZATION_URL answered with more than ${MOST_BYTES} bytes`)
    return text
  }
