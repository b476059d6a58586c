// Posting with `fetch`, which every runtime has.

import type { Ask } from '../../core/wire.js'
import { uncached } from '../environment.js'
import { failed } from './failure.js'
import type { Flight } from './flight.js'

export default function post(ask: Extract<Ask, { transport: 'http' }>, readBytes: number): Flight {
  const abort = new AbortController()
  const { url, headers, body } = ask
  const init: RequestInit = { method: 'POST', redirect: 'manual', headers, body, signal: abort.signal, ...uncached() }
  const answered = async () => {
    const response = await fetch(url, init)
    return { status: response.status, body: await textOf(response, readBytes) }
  }
  return { reply: answered().catch(failed), cancel: () => abort.abort() }
}

async function textOf(response: Response, readBytes: number): Promise<string> {
  const { headers } = response
  // What is compressed is longer than that.
  const bytesTold = headers.has('content-encoding') ? null : headers.get('content-length')
  if (bytesTold && Number(bytesTold) < readBytes) return response.text()
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  while (reader && bytes < readBytes) {
    const { done, value } = await reader.read()
    if (done) break
    bytes += value.length
    text += decoder.decode(value, { stream: true })
  }
  if (bytes >= readBytes) await reader?.cancel()
  return text
}
