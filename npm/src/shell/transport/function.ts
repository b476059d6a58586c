// Calling the site's own function, which knows profiles.

import { failed } from './failure.js'
import type { Flight } from './flight.js'

/** The features of a visitor's profile: number, text, boolean or null, by name. */
export type Profile = Record<string, unknown>

/**
 * Knows profiles by anonymous id: a database, an edge store, an API of the site's own. `null` and `undefined` mean
 * that the id is not known; an exception means that nobody can tell. `signal` aborts when the answer comes too late.
 */
export type ProfileFunction = (
  id: string,
  context: { signal: AbortSignal },
) => Promise<Profile | null | undefined> | Profile | null | undefined

export function callFunction(profile: ProfileFunction | undefined, id: string): Flight {
  const abort = new AbortController()
  const called = async () => {
    const found = await profile?.(id, { signal: abort.signal })
    return { value: found === null || found === undefined ? undefined : text(found) }
  }
  return { reply: called().catch(failed), cancel: () => abort.abort() }
}

/** What has no JSON text (a circle, a bigint) is told as text that is none: it is this visitor's entry that is broken. */
function text(found: unknown): string {
  try {
    return JSON.stringify(found) ?? ''
  } catch {
    return ''
  }
}
