// The Worker's entry: instantiates the wasm module and hands every request to it.
//
// When the module traps, this request gets the page as it is without Pintle, and a new instance
// serves the next one: a wasm instance that trapped must never be entered again.

import newGlue from 'pintle:glue'
import personalization from '../../personalization.json'
import wasm from './pintle.wasm'

let core = instantiate()

function instantiate() {
  const glue = newGlue()
  const instance = new WebAssembly.Instance(wasm, { './pintle_bg.js': glue })
  glue.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start?.()
  glue.start(personalization)
  return { glue, pending: new Set() }
}

// Rust runs its futures in microtasks. A trap there reaches no caller: it ends here, while the
// promises that the futures would have settled stay open for ever.
addEventListener('error', (event) => {
  if (core.pending.size > 0) abandon(core, event.error)
})

function abandon(trapped, error) {
  if (trapped === core) core = instantiate()
  for (const reject of trapped.pending) reject(error)
  trapped.pending.clear()
}

function answer({ glue, pending }, request, env, context) {
  const response = glue.fetch(request, env, context)
  return new Promise((resolve, reject) => {
    pending.add(reject)
    response.then(resolve, reject).finally(() => pending.delete(reject))
  })
}

export default {
  async fetch(request, env, context) {
    const mine = core
    try {
      return await answer(mine, request, env, context)
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) abandon(mine, error)
      return withoutPintle(error, request, env)
    }
  },
}

async function withoutPintle(error, request, env) {
  console.error('pintle: the request is answered without personalization:', error)
  if (!request.bodyUsed) {
    try {
      return await core.glue.page(request, env)
    } catch (again) {
      console.error('pintle: the site cannot be reached:', again)
    }
  }
  return new Response('The site cannot be reached.\n', { status: 502 })
}
