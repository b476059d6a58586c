// A KV namespace at Cloudflare, by the bulk write of its REST API. What fails for now (429, 5xx, the network, pairs that were
// not taken) is tried again, later and later; Retry-After is heard, and every call has a deadline. Neither token nor pairs
// are ever told, so of a refusal Cloudflare's codes are.

import { setTimeout as rest } from 'node:timers/promises'

import { Refused } from '../failure.js'
import type { Destination } from './destination.js'
import { pauseMs } from './pause.js'

export interface Remote {
  account: string
  namespace: string
  token: string
  /** Cloudflare's API, or what stands in for it. */
  base: string
  timeoutMs: number
  tell: (line: string) => void
}

/** Tries of a batch: with the rests between them, some five minutes, in which Cloudflare's limit of 1,200 calls passes. */
const TRIES = 10
const REST_MS = 500
const LONGEST_REST_MS = 60_000
const LONGEST_ASKED_MS = 5 * 60_000

/** How a call ended: with what is still to be put, or why it is worth another try. */
type Ended = { left: string[] } | { why: string; afterMs?: number | undefined }

interface Answer {
  success?: boolean
  errors?: { code?: number }[]
  result?: { unsuccessful_keys?: string[] } | null
}

export function remote(options: Remote): Destination {
  const { namespace, tell } = options
  const url = `${urlOf(options)}/bulk`
  return {
    name: `the KV namespace ${namespace} at Cloudflare`,
    of: { url },
    async put(pairs) {
      let left = pairs
      for (let tried = 1; ; tried += 1) {
        const ended = await call(url, left, options)
        if ('left' in ended && ended.left.length === 0) return
        const why = 'left' in ended ? `${ended.left.length} pairs were not taken` : ended.why
        if (tried === TRIES)
          throw new Refused(
            `Cloudflare did not take a batch in ${TRIES} tries (${why}): run this again later, it goes on there`,
          )
        if ('left' in ended) left = ended.left
        const askedMs = 'left' in ended ? undefined : ended.afterMs
        const restMs = askedMs ?? pauseMs(tried - 1, REST_MS, LONGEST_REST_MS)
        if (restMs >= 5000) tell(`Cloudflare: ${why}; trying again in ${Math.ceil(restMs / 1000)} s`)
        await rest(restMs)
      }
    },
  }
}

const urlOf = ({ base, account, namespace }: Remote) =>
  `${base.replace(/\/+$/, '')}/accounts/${encodeURIComponent(account)}/storage/kv/namespaces/${encodeURIComponent(namespace)}`

/** What stands there under a key; nothing where it is not there. */
export async function remoteValue(key: string, options: Remote): Promise<string | undefined> {
  const { token, timeoutMs } = options
  const response = await fetch(`${urlOf(options)}/values/${encodeURIComponent(key)}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error) => {
    throw new Refused(`Cloudflare cannot be asked: ${reason(error, timeoutMs)}; run this again later`)
  })
  const text = await response.text()
  if (response.ok) return text
  const { status } = response
  // Which of key, namespace and account is not there, its code says.
  const codes = codesOf(answerOf(text))
  if (status === 404 && codes.includes(NO_KEY)) return undefined
  throw refused('to be read', status, codes)
}

/** `get: 'key not found'`, of Cloudflare's API. */
const NO_KEY = 10009

async function call(url: string, pairs: string[], { token, timeoutMs }: Remote): Promise<Ended> {
  let response: Response
  let answer: Answer
  try {
    response = await fetch(url, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: `[${pairs.join(',')}]`,
      signal: AbortSignal.timeout(timeoutMs),
    })
    answer = answerOf(await response.text())
  } catch (error) {
    return { why: reason(error as Error, timeoutMs) }
  }
  if (response.ok && answer.success === true) return { left: notTaken(pairs, answer.result?.unsuccessful_keys ?? []) }
  const codes = codesOf(answer)
  const why = whyOf(response.status, codes)
  const isForNow = response.ok || response.status === 429 || response.status === 408 || response.status >= 500
  if (isForNow) return { why, afterMs: retryAfter(response.headers.get('retry-after')) }
  throw refused('a batch', response.status, codes)
}

const codesOf = ({ errors }: Answer) =>
  (errors ?? []).map(({ code }) => code).filter((code) => typeof code === 'number')

const whyOf = (status: number, codes: number[]) =>
  `status ${status}${codes.length > 0 ? `, code ${codes.join(', ')}` : ''}`

const refused = (what: string, status: number, codes: number[]) =>
  new Refused(
    `Cloudflare refuses ${what} (${whyOf(status, codes)}): ${HINTS[status] ?? 'look the code up in its documentation'}`,
  )

const reason = ({ name, cause }: Error, timeoutMs: number) =>
  name === 'TimeoutError' ? `no answer in ${timeoutMs / 1000} s` : ((cause as { code?: string })?.code ?? name)

const HINTS: Partial<Record<number, string>> = {
  401: 'is CLOUDFLARE_API_TOKEN a token of this account, with "Workers KV Storage: Edit"?',
  403: 'has the token of CLOUDFLARE_API_TOKEN the permission "Workers KV Storage: Edit"?',
  404: 'is there a namespace of this id in this account? --namespace and --account name others',
}

function answerOf(text: string): Answer {
  try {
    const answer: unknown = JSON.parse(text)
    return typeof answer === 'object' && answer !== null ? answer : {}
  } catch {
    return {}
  }
}

function notTaken(pairs: string[], keys: string[]): string[] {
  if (keys.length === 0) return []
  const missing = new Set(keys)
  return pairs.filter((pair) => missing.has((JSON.parse(pair) as { key: string }).key))
}

/** Seconds or a date, as milliseconds from now. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_ASKED_MS)
}
