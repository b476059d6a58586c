// Carrying a key to a KV namespace of Cloudflare's, and back what stands there.

import { failed } from './failure.js'
import type { Flight } from './flight.js'

/** What is used of a KV namespace. */
export interface KvNamespace {
  get(key: string, as: 'text' | { type: 'text'; cacheTtl: number }): Promise<string | null>
  put(key: string, value: string, options?: { expirationTtl: number }): Promise<void>
}

export function getValue(kv: KvNamespace | undefined, key: string, readBytes: number): Flight {
  if (!kv) return { reply: Promise.resolve({ failed: 'there is no KV namespace' }), cancel() {} }
  const got = async () => {
    const text = await kv.get(key, 'text')
    // A value may have 25 MB, and a character has a byte at least.
    return { value: text === null ? undefined : text.slice(0, readBytes) }
  }
  // A read of KV cannot be ended; it ends by itself.
  return { reply: got().catch(failed), cancel() {} }
}
