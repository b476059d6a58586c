// Why something could not be carried, in the cause's own words.

import type { Reply } from '../../core/wire.js'

const MAX_LENGTH = 200

/** An error as a reply. */
export function failed(error: unknown): Reply {
  const words = new Set<string>()
  for (let cause = error, depth = 0; cause && depth < 4; cause = (cause as Error).cause, depth += 1) {
    const { message, code } = cause as { message?: unknown; code?: unknown }
    words.add(String(message || code || cause))
  }
  const text = [...words].join(': ').replace(/\s+/g, ' ')
  return { failed: text.slice(0, MAX_LENGTH) || 'an error that says nothing' }
}
