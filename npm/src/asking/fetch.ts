// Asking with `fetch`, which every runtime has. The Worker asks by this, too.

import { type Answer, type Asking, headersOf, type Question, READ_BYTES } from './question.js'

export function ask(question: Question): Asking {
  const abort = new AbortController()
  // Next.js 14 caches even what is posted, unless it is told not to.
  const init = { cache: 'no-store', signal: abort.signal } as const
  return { answer: answerTo(question, init), cancel: () => abort.abort() }
}

/** What the API says; `init` is what the runtime has to know besides. */
export async function answerTo(question: Question, init: RequestInit = {}): Promise<Answer> {
  const { url, body } = question
  // A redirect is not followed: the token is for this host alone.
  const response = await fetch(url, { ...init, method: 'POST', redirect: 'manual', headers: headersOf(question), body })
  return { status: response.status, text: await textOf(response) }
}

async function textOf(response: Response): Promise<string> {
  const { headers } = response
  // What is compressed is longer than that.
  const bytesTold = headers.has('content-encoding') ? null : headers.get('content-length')
  if (bytesTold && Number(bytesTold) < READ_BYTES) return response.text()
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  while (reader && bytes < READ_BYTES) {
    const { done, value } = await reader.read()
    if (done) break
    bytes += value.length
    text += decoder.decode(value, { stream: true })
  }
  if (bytes >= READ_BYTES) await reader?.cancel()
  return text
}
