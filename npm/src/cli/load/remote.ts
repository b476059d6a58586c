// A KV namespace at Cloudflare, by the bulk write of its REST API. What fails for now (429, 5xx, the network, pairs that were
// not taken) is tried again, later and later; Retry-After is heard, and every call has a deadline. Neither token nor pairs
// are ever told, so of a refusal Cloudflare's codes are.

import { setTimeout as rest } from 'node:timers/promises'

import { Refused } from '../failure.js'
import type { Destination } from './destination.js'

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
  const { account, namespace, base, tell } = options
  const url = `${base.replace(/\/+$/, '')}/accounts/${encodeURIComponent(account)}/storage/kv/namespaces/${encodeURIComponent(namespace)}/bulk`
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
        const pauseMs = ('left' in ended ? undefined : ended.afterMs) ?? backOff(tried)
        if (pauseMs >= 5000) tell(`Cloudflare: ${why}; trying again in ${Math.ceil(pauseMs / 1000)} s`)
        await rest(pauseMs)
      }
    },
  }
}

/** Doubling, and never the same for two that began together. */
const backOff = (tried: number) => Math.min(REST_MS * 2 ** (tried - 1), LONGEST_REST_MS) * (0.5 + Math.random() / 2)

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
    const { name, cause } = error as Error
    return {
      why:
        name === 'TimeoutError' ? `no answer in ${timeoutMs / 1000} s` : ((cause as { code?: string })?.code ?? name),
    }
  }
  if (response.ok && answer.success === true) return { left: notTaken(pairs, answer.result?.unsuccessful_keys ?? []) }
  const codes = (answer.errors ?? []).map(({ code }) => code).filter((code) => typeof code === 'number')
  const why = `status ${response.status}${codes.length > 0 ? `, code ${codes.join(', ')}` : ''}`
  const isForNow = response.ok || response.status === 429 || response.status === 408 || response.status >= 500
  if (isForNow) return { why, afterMs: retryAfter(response.headers.get('retry-after')) }
  throw new Refused(
    `Cloudflare refuses a batch (${why}): ${HINTS[response.status] ?? 'look the code up in its documentation'}`,
  )
}

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
