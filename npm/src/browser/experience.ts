// Experiment tracking: RudderStack learns which experience a visitor had, by the call of its own guide.

import { CHANGED, decision, type Value } from './decision.js'

/** What is used of RudderStack's SDK: `@rudderstack/analytics-js` and the old `rudder-sdk-js` both have it. */
export interface Sdk {
  ready(callback: () => void): void
  identify(userId: string, traits: Record<string, boolean>): void
  getAnonymousId(): string | undefined
  getUserId(): string | null | undefined
}

/** `window.rudderanalytics` until the SDK takes its place: the loading snippet's queue, and how v3 types it. */
export type Loading = unknown[] | { [method: string]: (...given: never[]) => unknown }

export interface Tracking {
  /** The trait's name: `activation_api_experience`. */
  trait?: string | undefined
  /** Whether a decision is the personalised experience. Without it, the decision `true` is, and nothing else. */
  experience?: ((value: Value) => boolean) | undefined
}

/** Calls `then` with the SDK when it is ready. A loading snippet's queue is replaced by the SDK before that. */
export function whenReady(sdk: Sdk | Loading, then: (sdk: Sdk) => void): void {
  const ready = () =>
    // The SDK may be ready while its script is still running, when it has not yet taken the queue's place.
    queueMicrotask(() => {
      const live = Array.isArray(sdk) ? (globalThis as Page).rudderanalytics : sdk
      if (!Array.isArray(live)) then(live as Sdk)
    })
  if (Array.isArray(sdk)) sdk.push(['ready', ready])
  else (sdk as Sdk).ready(ready)
}

type Page = typeof globalThis & { rudderanalytics?: Sdk | Loading }

/**
 * Sends `identify(anonymousId, { activation_api_experience: true | false })` once: when the SDK is ready, or when `ask`
 * was answered if no decision was known before; and again only when the decision or the anonymous id is another than
 * what was sent last, on this page or an earlier one (localStorage remembers it). Returns what ends that.
 *
 * A visitor whom the SDK knows by a user id keeps it, and the trait is the user's: with the anonymous id in its place, as
 * in the guide, both SDKs would forget the user and all their traits.
 *
 * `sdk` is the SDK, or `window.rudderanalytics` at any time, while it is still the loading snippet's queue.
 */
export function trackExperience(sdk: Sdk | Loading, cookie: string, tracking: Tracking = {}): () => void {
  const { trait = 'activation_api_experience', experience = (value) => value === true } = tracking
  let live: Sdk | undefined
  let sent: string | undefined
  const send = () => {
    const value = decision(cookie)
    const id = live?.getAnonymousId()
    if (!live || !id || value === undefined) return
    const had = experience(value)
    const now = `${id} ${had}`
    if (now === sent) return
    sent = now
    try {
      const key = `pintle:${trait}`
      if (localStorage[key] === now) return
      localStorage[key] = now
    } catch {
      // A page without storage remembers until its end.
    }
    live.identify(live.getUserId() || id, { [trait]: had })
  }
  whenReady(sdk, (ready) => {
    live = ready
    send()
  })
  // Not at every change of the cookie: a page that is being left hears of the next page's, and its event would be lost.
  addEventListener(CHANGED, send)
  return () => removeEventListener(CHANGED, send)
}
