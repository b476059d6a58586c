// The feed's door in the Worker: tells the feed's requests from all others, and has its module answer them.
//
// The module is instantiated when it is first asked: a site that no feed is asked of never runs any of it. It is
// entered by requests, and by promises and microtasks on behalf of its futures. A trap in one of the latter reaches no
// caller, and what the futures would have answered stays open. So every way into it is guarded: a trap, wherever it
// happens, ends the instance, and whoever waited for it is answered here.

import newGlue, { type FeedGlue } from '#feed-glue'
import compiled from '#feed-wasm'

/** Where RudderStack's Activation API is answered. */
const PATHS = ['/v1/activation', '/v2/activation']

/** How long an answer may take in all: that is a slow body and a slow KV. */
const DEADLINE_MS = 30_000

/** The Worker's variables, secrets and bindings. */
export type Environment = Readonly<Record<string, unknown>>

/** What the runtime gives a request beside them. */
export interface Context {
  waitUntil(promise: Promise<unknown>): void
}

/** The feed's answer; `undefined` when the path is not the feed's, or the feed is not switched on. */
export function feed(request: Request, env: Environment, context: Context): Promise<Response> | undefined {
  const { url } = request
  // Every page view comes by here.
  if (!url.includes('/activation') || !PATHS.includes(pathOf(url)) || !isSwitchedOn(env)) return undefined
  return answerTo(request, env, context)
}

function pathOf(url: string): string {
  const path = url.slice(url.indexOf('/', url.indexOf('://') + 3))
  const end = path.search(/[?#]/)
  return end < 0 ? path : path.slice(0, end)
}

/** A variable that is named like a binding is none; a token that is blank lets nobody in, so it is none either. */
function isSwitchedOn({ ACTIVATION_TOKEN: token, PROFILES: profiles }: Environment): boolean {
  return typeof token === 'string' && token.trim() !== '' && typeof profiles === 'object' && profiles !== null
}

let running: Instance | undefined

async function answerTo(request: Request, env: Environment, context: Context): Promise<Response> {
  try {
    running ??= new Instance()
    const answer = running.fetch(request, env)
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
  readonly #glue: FeedGlue = newGlue()
  readonly #waiting = new Set<(error: unknown) => void>()
  #hasTrapped = false

  constructor() {
    const { exports } = new WebAssembly.Instance(compiled, { './pintle_feed_bg.js': this.#glue as never })
    const guarded = Object.entries(exports).map(([name, it]) => [
      name,
      typeof it === 'function' ? this.#guard(it as (...given: unknown[]) => unknown) : it,
    ])
    this.#glue.__wbg_set_wasm(Object.fromEntries(guarded))
    ;(exports.__wbindgen_start as (() => void) | undefined)?.()
  }

  /** What the module answers; rejects when it traps, or takes too long. */
  fetch(request: Request, env: Environment): Promise<Response> {
    let timer: ReturnType<typeof setTimeout> | undefined
    let giveUp: (error: unknown) => void = () => {}
    const answer = new Promise<Response>((resolve, reject) => {
      giveUp = reject
      this.#waiting.add(giveUp)
      // When another request meets the trap, its news takes a while from that request's context to this one. A request
      // that has nothing of its own to wait for any more is taken for hung by the runtime, and cancelled: so it has this.
      timer = setTimeout(giveUp, DEADLINE_MS, new Error(`no answer within ${DEADLINE_MS} ms`))
      this.#glue.fetch(request, env).then(resolve, reject)
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
