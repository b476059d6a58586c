// The built Worker, whose requests and KV can be made to break, and which tells how many modules run in it (`/instances`).
//
// `x-trap` names what of a request traps as the module reads it: `url`, `method` or `headers`. What it throws passes
// through the module's frames and leaves it as a trap does. How KV fails is in the visitor's id: `throws-…`, `rejects-…`,
// `slow-…`.

import pintle from '../../build/worker.mjs'
import { instances } from './instances.mjs'

const SLOW_MS = 1_000

function trap() {
  throw new WebAssembly.RuntimeError('unreachable')
}

/** Traps when the module reads `name`, and not when the shell does. */
function trapAt(request, name) {
  const get = () => (/wasm/.test(new Error().stack) ? trap() : Reflect.get(Request.prototype, name, request))
  Object.defineProperty(request, name, { get, configurable: true })
}

let bindings

/** Pintle keeps the first environment it sees: it must be the same object for all requests. */
function breakable(env) {
  const own = env.PROFILES
  const PROFILES = {
    get(key, kind) {
      const [, , id = ''] = key.split(':')
      if (id.startsWith('throws-')) trap()
      if (id.startsWith('rejects-')) return Promise.reject(new Error('KV GET failed: 500 Internal Server Error'))
      if (id.startsWith('slow-')) return scheduler.wait(SLOW_MS).then(() => own.get(key, kind))
      return own.get(key, kind)
    },
    put: (...put) => own.put(...put),
  }
  return { ...env, PROFILES }
}

export default {
  fetch(request, env, context) {
    if (request.url.endsWith('/instances')) return Response.json(instances())
    bindings ??= breakable(env)
    const where = request.headers.get('x-trap')
    if (where) trapAt(request, where)
    return pintle.fetch(request, bindings, context)
  },
}
