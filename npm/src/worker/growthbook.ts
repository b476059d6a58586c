// What is written in GrowthBook, published: its payload is read on a schedule and when its webhook tells of a change, takes the
// place of the features that run, is checked with all the rest, and stands in KV as `pintle publish` puts it there.

import type { Mistake } from '../core/wire.js'
import { KEY, KEY_BEFORE } from '../shell/published.js'
import type { Site } from '../shell/site.js'
import { tell } from '../shell/trouble.js'
import { textWithin } from '../shell/within.js'
import type { Env } from './bindings.js'

/** Where GrowthBook's SDK webhook is taken. */
export const PATH = '/_pintle/growthbook'

const DEADLINE_MS = 10_000
/** A payload of a thousand features has some 500 KB. */
const MOST_BYTES = 5_000_000
/** How old what is signed may be: a clock that is off by minutes, and a repetition. */
const FRESH_S = 5 * 60

/** What cannot be published, and what it is answered with. */
class Unpublished extends Error {
  readonly status: number
  readonly mistakes: Mistake[] | undefined

  constructor(status: number, message: string, mistakes?: Mistake[]) {
    super(message)
    this.status = status
    this.mistakes = mistakes
  }
}

/** Reads the payload at `GROWTHBOOK_PAYLOAD_URL`, and publishes it. */
export async function onSchedule(env: Env, site: Site): Promise<void> {
  if (!says(env.GROWTHBOOK_PAYLOAD_URL)) return
  try {
    await publish(await payloadAt(env.GROWTHBOOK_PAYLOAD_URL), env, site)
  } catch (error) {
    told(error)
  }
}

/** Answers GrowthBook's webhook; it tries again what is not answered with 2xx. */
export async function onChange(request: Request, env: Env, site: Site): Promise<Response> {
  try {
    if (!says(env.GROWTHBOOK_WEBHOOK_SECRET)) throw new Unpublished(404, 'GROWTHBOOK_WEBHOOK_SECRET is not set')
    if (request.method !== 'POST') throw new Unpublished(405, 'GrowthBook sends POST')
    const body = await textOf(request, 400)
    await verify(body, request.headers, env.GROWTHBOOK_WEBHOOK_SECRET)
    const carried = carriedBy(body)
    if (!carried && !says(env.GROWTHBOOK_PAYLOAD_URL))
      throw new Unpublished(400, 'it carries no payload, and GROWTHBOOK_PAYLOAD_URL is not set')
    const isNew = await publish(carried ?? (await payloadAt(String(env.GROWTHBOOK_PAYLOAD_URL))), env, site)
    return Response.json({ published: isNew })
  } catch (error) {
    told(error)
    const { status = 500, message, mistakes } = error as Unpublished
    return Response.json({ error: status === 500 ? 'the log says why' : message, mistakes }, { status })
  }
}

/** The first of each kind in a minute. */
function told(error: unknown): void {
  const { message, mistakes = [] } = error as Unpublished
  const list = mistakes.map(({ at, what }) => `\n  ${at}: ${what}`).join('')
  tell(`pintle: GrowthBook's payload is not published, and what runs runs on: ${message}${list}`)
}

const says = (variable: unknown): variable is string => typeof variable === 'string' && variable.trim() !== ''

/** As the Standard Webhooks specification has it: HMAC-SHA256 of id, time and body, and the name of the way before it. */
async function verify(body: string, headers: Headers, secret: string): Promise<void> {
  const [id, time, signatures] = ['id', 'timestamp', 'signature'].map((name) => headers.get(`webhook-${name}`) ?? '')
  const isFresh = Math.abs(Date.now() / 1000 - Number(time)) <= FRESH_S
  const way = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes(secret.trim()), way, false, ['verify'])
  const signed = bytes(`${id}.${time}.${body}`)
  for (const signature of isFresh ? (signatures ?? '').split(' ') : []) {
    const own = signature.startsWith('v1,') && unbased(signature.slice(3))
    if (own && (await crypto.subtle.verify('HMAC', key, own, signed))) return
  }
  throw new Unpublished(401, 'its signature is not of GROWTHBOOK_WEBHOOK_SECRET, or older than five minutes')
}

/** The payload in the body of a webhook: the body itself, or a text in it; none in the formats that only tell of a change. */
function carriedBy(body: string): Payload | undefined {
  const { features, encryptedFeatures, data } = parsed(body, 'the body of the webhook', 400) as Payload & {
    data?: { payload?: unknown }
  }
  if (features || encryptedFeatures) return parsed(body, 'the body of the webhook', 400)
  return typeof data?.payload === 'string' ? parsed(data.payload, 'the payload of the webhook', 400) : undefined
}

/** What GrowthBook serves to its SDKs, as far as it is read here. */
interface Payload {
  features?: unknown
  encryptedFeatures?: unknown
  savedGroups?: unknown
  encryptedSavedGroups?: unknown
  contextualBandits?: unknown
  encryptedContextualBandits?: unknown
}

async function payloadAt(url: string): Promise<Payload> {
  const asked = fetch(url.trim(), { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(DEADLINE_MS) })
  const response = await asked.catch((error: Error) => {
    throw new Unpublished(502, `GROWTHBOOK_PAYLOAD_URL cannot be asked: ${error.name}: ${error.message}`)
  })
  const text = await textOf(response, 502)
  if (response.status !== 200)
    throw new Unpublished(502, `GROWTHBOOK_PAYLOAD_URL answered with status ${response.status}`)
  return parsed(text, 'what GROWTHBOOK_PAYLOAD_URL answers', 502)
}

/** The features in the place of those that run; whether that is something new. */
async function publish(payload: Payload, env: Env, site: Site): Promise<boolean> {
  const { PROFILES } = env
  if (typeof PROFILES !== 'object') throw new Unpublished(503, 'the KV namespace PROFILES is not bound')
  const open = async (plain: unknown, encrypted: unknown) =>
    typeof encrypted === 'string' ? opened(encrypted, env.GROWTHBOOK_DECRYPTION_KEY) : plain
  const features = await open(payload.features, payload.encryptedFeatures)
  if (typeof features !== 'object' || features === null)
    throw new Unpublished(422, 'the payload has neither features nor encryptedFeatures')
  const beside = {
    savedGroups: await open(payload.savedGroups, payload.encryptedSavedGroups),
    contextualBandits: await open(payload.contextualBandits, payload.encryptedContextualBandits),
  }
  const now = (await PROFILES.get(KEY, 'text')) ?? ''
  const running = parsed(now || site.deployed, 'what is published already', 409)
  // What the payload has not, the file keeps.
  const given = Object.fromEntries(Object.entries(beside).filter(([, value]) => value !== undefined))
  const next = JSON.stringify({ ...running, features, ...given })
  const mistakes = site.wrong(next)
  if (mistakes.length > 0) throw new Unpublished(422, 'with its features the personalization is wrong', mistakes)
  if (next === now) return false
  await PROFILES.put(KEY_BEFORE, now)
  await PROFILES.put(KEY, next)
  return true
}

/** Opens what is encrypted as GrowthBook does: AES-CBC, its beginning vector before a full stop, all in base64. */
async function opened(encrypted: string, key: unknown): Promise<unknown> {
  if (!says(key)) throw new Unpublished(422, 'the payload is encrypted, and GROWTHBOOK_DECRYPTION_KEY is not set')
  const [iv, text] = encrypted.split('.').map(unbased)
  try {
    const raw = await crypto.subtle.importKey('raw', unbased(key.trim()) ?? bytes(''), 'AES-CBC', false, ['decrypt'])
    const plain = await crypto.subtle.decrypt({ name: 'AES-CBC', iv: iv ?? bytes('') }, raw, text ?? bytes(''))
    return JSON.parse(new TextDecoder().decode(plain))
  } catch {
    // What fails quotes what was opened.
    throw new Unpublished(422, 'the payload does not open with GROWTHBOOK_DECRYPTION_KEY')
  }
}

async function textOf(message: Request | Response, status: number): Promise<string> {
  const text = await textWithin(message, MOST_BYTES)
  if (text === undefined) throw new Unpublished(status, `it is longer than ${MOST_BYTES} bytes`)
  return text
}

function parsed(text: string, what: string, status: number): Payload {
  try {
    const payload: unknown = JSON.parse(text)
    if (typeof payload === 'object' && payload !== null) return payload
  } catch {
    // The parser's own message quotes it.
  }
  throw new Unpublished(status, `${what} is no JSON object`)
}

const bytes = (text: string) => new TextEncoder().encode(text)

function unbased(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
