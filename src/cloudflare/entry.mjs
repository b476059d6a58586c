// The Worker's entry: hands every request to the wasm module, and outlives it.
//
// After a trap a module may be in any state and must never be entered again. So every way into it is
// guarded: a trap, wherever it happens, ends the instance. The next request gets a new one; whoever
// waited for the old one gets the page as it is without Pintle. It is the page that is already on its
// way: nothing is asked of the site twice, and nobody else's request is touched.

import newGlue from 'pintle:glue'
import personalization from 'pintle/personalization.json'
import { answerTo } from '../../npm/src/asking/fetch.ts'
import wasm from './pintle.wasm'

/** What the module has done in JavaScript, where each promise costs less than a Rust future. */
const shell = { ask: (url, token, body) => answerTo({ url, token, body }) }

let core = instantiate()

function instantiate() {
  const glue = newGlue(shell)
  const instance = { glue, hasTrapped: false, waiting: new Set() }
  const { exports } = new WebAssembly.Instance(wasm, { './pintle_bg.js': glue })
  const guarded = Object.entries(exports).map(([name, it]) => [
    name,
    typeof it === 'function' ? guard(it, instance) : it,
  ])
  glue.__wbg_set_wasm(Object.fromEntries(guarded))
  exports.__wbindgen_start?.()
  glue.start(typeof personalization === 'string' ? personalization : JSON.stringify(personalization))
  return instance
}

// The module is entered by requests, and by microtasks, timers and promises on behalf of its futures. A trap in
// one of the latter reaches no caller, and the promises that the futures would have settled stay open.
function guard(enter, instance) {
  return (...given) => {
    // What the glue takes results out of, however many they are.
    if (instance.hasTrapped) return []
    try {
      return enter(...given)
    } catch (error) {
      abandon(instance, error)
      throw error
    }
  }
}

function abandon(instance, error) {
  if (instance.hasTrapped) return
  instance.hasTrapped = true
  if (instance === core) core = undefined
  console.error('pintle: the module has failed; a new one takes its place:', error)
  for (const reject of instance.waiting) reject(error)
}

/** What `answer` comes to, unless the instance that works on it traps: then it rejects. */
function unlessItTraps(instance, answer, page) {
  const { waiting } = instance
  const settled = new Promise((resolve, reject) => {
    waiting.add(reject)
    answer.then(resolve, reject).finally(() => waiting.delete(reject))
  })
  // When another request met the trap, the rejection takes its time from that request's context to this
  // one. If this one has nothing of its own to wait for any more the runtime takes it for hung and
  // cancels it. So it looks for itself, too, when its page is there.
  const looking = page?.then(() => (instance.hasTrapped ? Promise.reject(new Error('the module has failed')) : settled))
  return Promise.race([settled, looking ?? settled])
}

export default {
  async fetch(request, env, context) {
    let asked
    const page = () => (asked ??= pageOf(request, env))
    try {
      core ??= instantiate()
      const mine = core
      const answer = mine.glue.fetch(request, env, context, page)
      if (answer === asked) return await asked
      const settled = unlessItTraps(mine, answer, asked)
      // A visitor who leaves early must not leave a future behind that nobody drives to its end.
      context.waitUntil(settled.catch(() => {}))
      return await settled
    } catch (error) {
      return withoutPintle(error, page)
    }
  },
}

/** The page from `ORIGIN_URL`, else from the static assets, else from wherever the zone would have sent the request. */
async function pageOf(request, { ORIGIN_URL, ASSETS }) {
  const origin = typeof ORIGIN_URL === 'string' ? ORIGIN_URL.trim().replace(/\/+$/, '') : ''
  if (!/^https?:\/\/[^/:@?#\\\s][^@?#\\\s]*$/.test(origin))
    return typeof ASSETS === 'object' ? ASSETS.fetch(request) : fetch(request)
  const rebased = new Request(origin + request.url.slice(request.url.indexOf('/', 8)), request)
  // So the origin learns which host the visitor asked for.
  rebased.headers.set('x-forwarded-host', request.headers.get('host') ?? '')
  return fetch(rebased)
}

async function withoutPintle(error, page) {
  try {
    const response = await page()
    console.error(`pintle: a page is served without personalization: ${error}`)
    return response
  } catch (unreachable) {
    console.error('pintle: the site cannot be reached:', unreachable)
    return new Response('The site cannot be reached.\n', { status: 502 })
  }
}
