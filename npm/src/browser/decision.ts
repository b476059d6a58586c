// What was decided, read from the cookie that carries it. The cookie is the only memory: what the server wrote last
// is what is told here.

/** A decision as its cookie carries it. */
export type Value = boolean | number | string

/** Tells this page, and every copy of this module in it, that cookies may have changed. */
export const CHANGED = 'pintle:changed'

/**
 * The decision in the cookie `cookie`; `undefined` when there is none, or none that can be read.
 *
 * `true` and `false` are booleans, never texts; a text exactly as JavaScript writes a finite number is that number;
 * everything else is text. Of several cookies of one name the last counts, as on the server.
 */
export function decision(cookie: string): Value | undefined {
  try {
    let text: string | undefined
    for (const pair of document.cookie.split(';')) {
      const at = pair.indexOf('=')
      if (at >= 0 && pair.slice(0, at).trim() === cookie) text = pair.slice(at + 1).trim()
    }
    if (text === undefined) return
    text = decodeURIComponent(text)
    if (text === 'true' || text === 'false') return text === 'true'
    const number = Number(text)
    return Number.isFinite(number) && String(number) === text ? number : text
  } catch {
    // A server has no document, a sandboxed frame may not read it, and anybody can write a cookie that is no encoding.
    return
  }
}

/**
 * Calls `listener` whenever the decision in the cookie `cookie` becomes another; returns what ends that.
 *
 * A browser with the CookieStore API tells of every change, such as by the answer to an event. In others the cookie is
 * looked at when an answer of any kind has come, and when the page is shown or focused again.
 */
export function onDecision(cookie: string, listener: (value: Value | undefined) => void): () => void {
  const subscription = new AbortController()
  let known = decision(cookie)
  const look = () => {
    const value = decision(cookie)
    if (value === known) return
    known = value
    listener(value)
  }
  // With a CookieStore, too: it is silent about what changed while the page was in the back/forward cache.
  for (const sign of [CHANGED, 'pageshow', 'focus', 'visibilitychange']) addEventListener(sign, look, subscription)
  if (globalThis.cookieStore) cookieStore.addEventListener('change', look, subscription)
  else {
    const answers = new PerformanceObserver(look)
    answers.observe({ type: 'resource' })
    subscription.signal.onabort = () => answers.disconnect()
  }
  return () => subscription.abort()
}
