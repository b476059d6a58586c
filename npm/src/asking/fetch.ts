// Asking with `fetch`, which every runtime has.

import { type Answer, type Asking, headersOf, type Question, READ_BYTES } from './question.js'

export function ask(question: Question): Asking {
  const abort = new AbortController()
  return { answer: answerTo(question, abort.signal), cancel: () => abort.abort() }
}

async function answerTo(question: Question, signal: AbortSignal): Promise<Answer> {
  const { url, body } = question
  // A redirect is not followed: the token is for this host alone.
  const init = { method: 'POST', redirect: 'manual', cache: 'no-store', headers: headersOf(question) } as const
  const response = await fetch(url, { ...init, body, signal })
  return { status: response.status, text: await textOf(response) }
}

async function textOf(response: Response): Promise<string> {
  if (Number(response.headers.get('content-length') ?? Infinity) < READ_BYTES) return response.text()
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
