// The feed's door in the Worker: tells the feed's requests from all others, and has its module answer them.
//
// The module is instantiated when it is first asked: a site that no feed is asked of never runs any of it. It is
// entered by requests, and by promises and microtasks on behalf of its futures. A trap in one of the latter reaches no
// caller, and what the futures would have answered stays open. So every way into it is guarded: a trap, wherever it
// happens, ends the instance, and whoever waited for it is answered here.

import newGlue, { type FeedGlue, type Sender } from '#feed-glue'
import compiled from '#feed-wasm'
import type { Mistake } from './core/wire.js'
import { isSet } from './shell/environment.js'
import type { Context } from './worker/bindings.js'
import { onward } from './worker/onward.js'

/** Where RudderStack's Activation API is answered. */
const ACTIVATION = ['/v1/activation', '/v2/activation']

/** How the paths of events begin below `INGEST_PATH`; which of them are answered is the module's to say. */
const EVENTS = ['/v1/', '/beacon/', '/pixel/', '/sourceConfig', '/webhook', '/health', '/version', '/robots.txt']

/** How long an answer may take in all: that is a slow body and a slow KV. */
const DEADLINE_MS = 30_000

/** The Worker's variables, secrets and bindings. */
export type Environment = Readonly<Record<string, unknown>>

/** The feed's answer, `undefined` after all when the path is the site's; at once when it cannot be the feed's. */
export function feed(
  request: Request,
  env: Environment,
  context: Context,
  personalization: () => Promise<string>,
  sender: Sender,
): Promise<Response | undefined> | undefined {
  const { ACTIVATION_TOKEN, PROFILES, WRITE_KEYS, WEBHOOK_SECRET, PEOPLE, INGEST_PATH } = env
  const hasActivation = isSet(ACTIVATION_TOKEN) && isBinding(PROFILES)
  const hasEvents = (isSet(WRITE_KEYS) || isSet(WEBHOOK_SECRET)) && isBinding(PEOPLE)
  if (!hasActivation && !hasEvents) return undefined
  const path = pathWithin(request.url)
  const isAsked = hasActivation && ACTIVATION.includes(path)
  if (!isAsked && !(hasEvents && isOfEvents(path, INGEST_PATH))) return undefined
  return answerTo(request, env, context, personalization, sender)
}

/** How the feed does. */
export interface Health {
  mistakes: Mistake[]
  /** What this isolate counted. */
  counts?: Record<string, unknown>
  /** The keys in KV of the tables that something is recommended by. */
  tables?: string[]
}

/** How the part of the feed does that takes events; `undefined` where nobody may send any: then nothing of it runs. */
export function health(env: Environment, personalization: string): Health | undefined {
  if (!isSet(env.WRITE_KEYS) && !isSet(env.WEBHOOK_SECRET)) return undefined
  const unbound = { at: 'PEOPLE', what: 'the Durable Objects are not bound, so no event is taken' }
  const missing = isBinding(env.PEOPLE) ? [] : [unbound]
  const variables = Object.fromEntries(Object.entries(env).filter(([, value]) => typeof value === 'string'))
  try {
    running ??= new Instance()
    const { glue } = running
    const given = [personalization, JSON.stringify(variables)] as const
    const mistakes = JSON.parse(glue.checkFeed(...given))
    const tables = JSON.parse(glue.feedTables(...given))
    return { mistakes: [...missing, ...mistakes], counts: JSON.parse(glue.feedCounts()), tables }
  } catch (error) {
    return { mistakes: [{ at: 'pintle', what: `the feed's module does not answer: ${error}` }] }
  }
}

function isOfEvents(path: string, below: unknown): boolean {
  const start = typeof below === 'string' ? below.trim() : ''
  return path.startsWith(start) && EVENTS.some((each) => path.startsWith(each, start.length))
}

function pathWithin(url: string): string {
  const path = url.slice(url.indexOf('/', url.indexOf('://') + 3))
  const end = path.search(/[?#]/)
  return end < 0 ? path : path.slice(0, end)
}

/** A variable that is named like a binding is none. */
function isBinding(binding: unknown): boolean {
  return typeof binding === 'object' && binding !== null
}

/** The rules of a person's object: what the running instance says, or a new one after a trap. */
export function rules(): Omit<FeedGlue, '__wbg_set_wasm' | 'fetch'> {
  running ??= new Instance()
  return running.glue
}

let running: Instance | undefined

async function answerTo(
  request: Request,
  env: Environment,
  context: Context,
  personalization: () => Promise<string>,
  sender: Sender,
): Promise<Response | undefined> {
  try {
    const text = await personalization()
    running ??= new Instance()
    const answer = running.fetch(request, env, text, sender)
    // Who asked may leave early, and must not leave a future behind that nobody drives to its end.
    context.waitUntil(answer.catch(() => {}))
    return await answer
  } catch (error) {
    console.error('pintle: a question to the feed was not answered:', error)
    const body = { error: "the feed could not answer: the Worker's log says why" }
    return Response.json(body, { status: 500, headers: { 'cache-control': 'no-store' } })
  }
}

/** A running instance of the feed's module. */
class Instance {
  readonly glue: FeedGlue = newGlue()
  readonly #waiting = new Set<(error: unknown) => void>()
  #hasTrapped = false

  constructor() {
    const { exports } = new WebAssembly.Instance(compiled, { './pintle_feed_bg.js': this.glue as never })
    const guarded = Object.entries(exports).map(([name, it]) => [
      name,
      typeof it === 'function' ? this.#guard(it as (...given: unknown[]) => unknown) : it,
    ])
    this.glue.__wbg_set_wasm(Object.fromEntries(guarded))
    ;(exports.__wbindgen_start as (() => void) | undefined)?.()
  }

  /** What the module answers; rejects when it traps, or takes too long. */
  fetch(request: Request, env: Environment, personalization: string, sender: Sender): Promise<Response | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined
    let giveUp: (error: unknown) => void = () => {}
    const answer = new Promise<Response | undefined>((resolve, reject) => {
      giveUp = reject
      this.#waiting.add(giveUp)
      // When another request meets the trap, its news takes a while from that request's context to this one. A request
      // that has nothing of its own to wait for any more is taken for hung by the runtime, and cancelled: so it has this.
      timer = setTimeout(giveUp, DEADLINE_MS, new Error(`no answer within ${DEADLINE_MS} ms`))
      this.glue.fetch(request, env, personalization, sender, onward(request)).then(resolve, reject)
    })
    return answer.finally(() => {
      clearTimeout(timer)
      this.#waiting.delete(giveUp)
    })
  }

  /** After a trap a module may be in any state: it is never entered again. */
  #guard(enter: (...given: unknown[]) => unknown): (...given: unknown[]) => unknown {
    return (...given) => {
      // What the glue takes results out of, however many they are.
      if (this.#hasTrapped) return []
      try {
        return enter(...given)
      } catch (error) {
        this.#abandon(error)
        throw error
      }
    }
  }

  #abandon(error: unknown): void {
    if (this.#hasTrapped) return
    this.#hasTrapped = true
    if (running === this) running = undefined
    for (const reject of this.#waiting) reject(error)
  }
}
