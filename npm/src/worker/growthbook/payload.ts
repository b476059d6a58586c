// What GrowthBook says: the payload that its API serves, or that its webhook carries, read within bounds, and opened.

import { textWithin } from '../../shell/within.js'
import { unbased } from './base64.js'
import { Unpublished } from './unpublished.js'

const DEADLINE_MS = 10_000
/** A payload of a thousand features has some 500 KB. */
const MOST_BYTES = 5_000_000

/** What GrowthBook serves to its SDKs, as far as it is read here. */
export interface Payload {
  features?: unknown
  encryptedFeatures?: unknown
  savedGroups?: unknown
  encryptedSavedGroups?: unknown
  contextualBandits?: unknown
  encryptedContextualBandits?: unknown
  experiments?: unknown
  encryptedExperiments?: unknown
  /** When it was made. */
  dateUpdated?: unknown
}

/** The payload in the body of a webhook: the body itself, or a text in it; none in the formats that only tell of a change. */
export function carriedBy(body: string): Payload | undefined {
  const payload = parsed(body, 'the body of the webhook', 400) as Payload & { data?: { payload?: unknown } }
  const { features, encryptedFeatures, data } = payload
  if (features || encryptedFeatures) return payload
  return typeof data?.payload === 'string' ? parsed(data.payload, 'the payload of the webhook', 400) : undefined
}

/** The payload that stands at a URL. */
export async function payloadAt(url: string): Promise<Payload> {
  const asked = fetch(url.trim(), { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(DEADLINE_MS) })
  const response = await asked.catch((error: Error) => {
    throw new Unpublished(502, `GROWTHBOOK_PAYLOAD_URL cannot be asked: ${error.name}: ${error.message}`)
  })
  const text = await textOf(response, 502)
  if (response.status !== 200)
    throw new Unpublished(502, `GROWTHBOOK_PAYLOAD_URL answered with status ${response.status}`)
  return parsed(text, 'what GROWTHBOOK_PAYLOAD_URL answers', 502)
}

/** The text in what is encrypted as GrowthBook does: AES-CBC, its beginning vector before a full stop, all in base64. */
export async function decrypted(encrypted: string, key: string): Promise<string | undefined> {
  const [iv, text, raw] = [...encrypted.split('.', 2), key].map(unbased)
  if (!iv || !text || !raw) return undefined
  try {
    const opens = await crypto.subtle.importKey('raw', raw, 'AES-CBC', false, ['decrypt'])
    return new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-CBC', iv }, opens, text))
  } catch {
    return undefined
  }
}

/** The text of a request or an answer, as long as it may be. */
export async function textOf(message: Request | Response, status: number): Promise<string> {
  const text = await textWithin(message, MOST_BYTES)
  if (text === undefined) throw new Unpublished(status, `it is longer than ${MOST_BYTES} bytes`)
  return text
}

/** A JSON object; `what` it should be is told where it is none. */
export function parsed(text: string, what: string, status: number): Payload {
  try {
    const payload: unknown = JSON.parse(text)
    if (typeof payload === 'object' && payload !== null) return payload
  } catch {
    // The parser's own message quotes it.
  }
  throw new Unpublished(status, `${what} is no JSON object`)
}
