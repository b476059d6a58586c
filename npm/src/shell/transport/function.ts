// Calling the site's own function, which knows profiles.

import type { ProfileFunction } from '../options.js'
import { failed } from './failure.js'
import type { Flight } from './flight.js'

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
