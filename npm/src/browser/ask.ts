// The way without middleware: the page asks the site's own endpoint, and the endpoint's answer sets the cookie.

import { CHANGED, decision } from './decision.js'

/** How long an answer may take. Nothing waits for it, but a request must not hang for ever. */
const DEADLINE_MS = 5000

/** The requests under way, by URL. */
const asking: Record<string, Promise<void>> = {}

export interface Question {
  /** The decision's cookie, or several: all have to be there for nobody to be asked. */
  cookie: string | string[]
  /**
   * The SDK's anonymous id, as a parameter of the request. Only for a site whose SDK does not keep it in a cookie, and
   * whose endpoint allows that (DECISION_ID_PARAMETER); where the cookie is, the endpoint reads it.
   */
  anonymousId?: string | undefined
  /** Where to ask, on this very origin: `/_pintle/decision`. */
  endpoint?: string | undefined
}

/**
 * Asks for the decision when its cookie is not there: it ended, or never was. The answer sets it, until its own end.
 *
 * Resolves when the answer is there, or will not come: it never rejects and never throws. Calls at the same time make
 * one request. Call it in the SDK's `onLoaded`: only then is there an anonymous id on a visitor's first page.
 */
export async function ask(question: Question): Promise<void> {
  try {
    const { cookie, anonymousId, endpoint = '/_pintle/decision' } = question
    if ([cookie].flat().every((name) => decision(name) !== undefined)) return
    const url = new URL(endpoint, location.href)
    if (anonymousId) url.searchParams.set('anonymousId', anonymousId)
    asking[url.href] ??= request(url.href)
    await asking[url.href]
  } catch {
    // The page is as it would be without this.
  }
}

async function request(url: string): Promise<void> {
  try {
    await fetch(url, { mode: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(DEADLINE_MS) })
    dispatchEvent(new Event(CHANGED))
  } finally {
    delete asking[url]
  }
}
