// What is written in GrowthBook, published: its payload is read on a schedule and when its webhook tells of a change, takes the
// place of the features that run, is checked with all the rest, and stands in KV as `pintle publish` puts it there. One that is
// older than what was published last, by its own date, is left: webhooks overtake each other.

import { isSet } from '../../shell/environment.js'
import { KEY, KEY_BEFORE } from '../../shell/published.js'
import type { Site } from '../../shell/site.js'
import type { KvNamespace } from '../../shell/transport/kv.js'
import { tell } from '../../shell/trouble.js'
import type { Env } from '../bindings.js'
import { carriedBy, decrypted, type Payload, parsed, payloadAt, textOf } from './payload.js'
import { isSigned } from './signature.js'
import { Unpublished } from './unpublished.js'

/** Where GrowthBook's SDK webhook is taken. */
export const PATH = '/_pintle/growthbook'

/** Which payload is published stands beside what is. */
interface Metadata {
  growthbook?: string
}
type Dated = KvNamespace & {
  getWithMetadata(key: string, as: 'text'): Promise<{ value: string | null; metadata: Metadata | null }>
  put(key: string, value: string, options: { metadata?: Metadata }): Promise<void>
}

/** Reads the payload at `GROWTHBOOK_PAYLOAD_URL`, and publishes it. */
export async function onSchedule(env: Env, site: Site): Promise<void> {
  if (!isSet(env.GROWTHBOOK_PAYLOAD_URL)) return
  try {
    await publish(await payloadAt(env.GROWTHBOOK_PAYLOAD_URL), env, site)
  } catch (error) {
    told(error)
  }
}

/** Answers GrowthBook's webhook; it tries again what is not answered with 2xx. */
export async function onChange(request: Request, env: Env, site: Site): Promise<Response> {
  try {
    if (!isSet(env.GROWTHBOOK_WEBHOOK_SECRET)) throw new Unpublished(404, 'GROWTHBOOK_WEBHOOK_SECRET is not set')
    if (request.method !== 'POST') throw new Unpublished(405, 'GrowthBook sends POST')
    const body = await textOf(request, 400)
    if (!(await isSigned(body, request.headers, env.GROWTHBOOK_WEBHOOK_SECRET)))
      throw new Unpublished(401, 'its signature is not of GROWTHBOOK_WEBHOOK_SECRET, or older than five minutes')
    const carried = carriedBy(body)
    if (!carried && !isSet(env.GROWTHBOOK_PAYLOAD_URL))
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

/** The features in the place of those that run; whether that is something new. */
async function publish(payload: Payload, env: Env, site: Site): Promise<boolean> {
  if (typeof env.PROFILES !== 'object') throw new Unpublished(503, 'the KV namespace PROFILES is not bound')
  const kv = env.PROFILES as Dated
  const open = (plain: unknown, encrypted: unknown) => opened(plain, encrypted, env.GROWTHBOOK_DECRYPTION_KEY)
  const features = await open(payload.features, payload.encryptedFeatures)
  if (typeof features !== 'object' || features === null)
    throw new Unpublished(422, 'the payload has neither features nor encryptedFeatures')
  const beside = {
    savedGroups: await open(payload.savedGroups, payload.encryptedSavedGroups),
    contextualBandits: await open(payload.contextualBandits, payload.encryptedContextualBandits),
    experiments: await open(payload.experiments, payload.encryptedExperiments),
  }
  const { value, metadata } = await kv.getWithMetadata(KEY, 'text')
  const now = value ?? ''
  const [date, dateBefore] = [dateOf(payload.dateUpdated), dateOf(metadata?.growthbook)]
  if (date < dateBefore) return false
  const running = parsed(now || site.deployed, 'what is published already', 409)
  // What the payload has not, the file keeps.
  const given = Object.fromEntries(Object.entries(beside).filter(([, value]) => value !== undefined))
  const next = JSON.stringify({ ...running, features, ...given })
  const mistakes = site.wrong(next)
  if (mistakes.length > 0) throw new Unpublished(422, 'with its features the personalization is wrong', mistakes)
  const isNew = next !== now
  if (isNew) await kv.put(KEY_BEFORE, now)
  const dated = Number.isNaN(date) ? {} : { metadata: { growthbook: new Date(date).toISOString() } }
  // What says the same later is later, too, than what said something else between.
  if (isNew || date > (dateBefore || 0)) await kv.put(KEY, next, dated)
  return isNew
}

/** In milliseconds since 1970; of what is no date NaN, before and after which nothing is. */
const dateOf = (text: unknown): number => (typeof text === 'string' ? Date.parse(text) : Number.NaN)

/** The value, opened where it is encrypted. */
async function opened(plain: unknown, encrypted: unknown, key: unknown): Promise<unknown> {
  if (typeof encrypted !== 'string') return plain
  if (!isSet(key)) throw new Unpublished(422, 'the payload is encrypted, and GROWTHBOOK_DECRYPTION_KEY is not set')
  try {
    return JSON.parse((await decrypted(encrypted, key.trim())) ?? '')
  } catch {
    // What fails quotes what was opened.
    throw new Unpublished(422, 'the payload does not open with GROWTHBOOK_DECRYPTION_KEY')
  }
}
