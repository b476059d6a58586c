// Posting in Cloudflare's runtime, in as few promises as can be: each page view without a ticket pays for them.

import type { Ask } from '../../core/wire.js'
import { failed } from './failure.js'
import type { Flight } from './flight.js'

/** What the runtime has beyond the standard: one promise for as much as is wanted, or all there is. */
interface Reader {
  readAtLeast(bytes: number, into: Uint8Array): Promise<{ value?: Uint8Array }>
  cancel(): Promise<void>
}

const UTF8 = new TextDecoder()

/** How much of an answer is read at once: more than nearly all have. What is larger costs a second promise. */
const MOST_BYTES = 4_096

export default function post(ask: Extract<Ask, { transport: 'http' }>, readBytes: number): Flight {
  // Nothing needs to be cancelled: the runtime ends what nobody waits for any more.
  return { reply: answered(ask, readBytes).catch(failed), cancel() {} }
}

async function answered({ url, headers, body }: Extract<Ask, { transport: 'http' }>, readBytes: number) {
  const response = await fetch(url, { method: 'POST', redirect: 'manual', headers, body })
  return { status: response.status, body: await textOf(response, readBytes) }
}

async function textOf(response: Response, readBytes: number): Promise<string> {
  const { headers, body } = response
  // What is compressed is longer than that.
  const bytesTold = headers.get('content-length')
  if (bytesTold && Number(bytesTold) < readBytes && !headers.has('content-encoding')) return response.text()
  if (!body) return ''
  const reader = body.getReader({ mode: 'byob' }) as unknown as Reader
  const first = await read(reader, Math.min(MOST_BYTES, readBytes))
  if (first.length < MOST_BYTES) return UTF8.decode(first)
  const rest = await read(reader, readBytes - first.length)
  if (first.length + rest.length === readBytes) await reader.cancel()
  const whole = new Uint8Array(first.length + rest.length)
  whole.set(first)
  whole.set(rest, first.length)
  return UTF8.decode(whole)
}

/** So many bytes, or fewer where the answer ends before. */
async function read(reader: Reader, bytes: number): Promise<Uint8Array> {
  const { value } = await reader.readAtLeast(bytes, new Uint8Array(bytes))
  return value ?? new Uint8Array()
}
