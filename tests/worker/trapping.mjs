// The built Worker with bindings and requests that can break it: what they throw passes through the
// wasm module's frames and leaves it as a trap does, with borrowed cells and an unfinished future.
//
// `x-trap` says where: in what of a request is read (`url`, `method`), or in the page's `body`, which
// is read in a Rust future. A profile whose id begins with `trap` breaks in the future that asks KV.

import pintle from '../../build/worker.mjs'

function trap() {
  throw new WebAssembly.RuntimeError('unreachable')
}

/** Traps when `name` is read for the first time. */
function trapAtFirst(request, name) {
  const get = () => {
    delete request[name]
    trap()
  }
  Object.defineProperty(request, name, { get, configurable: true })
}

let bindings

/** Pintle keeps the first environment it sees: it must be the same object for all requests. */
function breakable(env) {
  const PROFILES = {
    get: (key, kind) => (key.includes(':trap') ? trap() : env.PROFILES.get(key, kind)),
    put: (...put) => env.PROFILES.put(...put),
  }
  const ASSETS = {
    async fetch(request) {
      const page = await fetch(new Request(env.SITE_URL + request.url.slice(request.url.indexOf('/', 8)), request))
      return request.headers.get('x-trap') === 'body' ? Object.defineProperty(page, 'body', { get: trap }) : page
    },
  }
  return { ...env, PROFILES, ASSETS }
}

export default {
  fetch(request, env, context) {
    bindings ??= breakable(env)
    const where = request.headers.get('x-trap')
    if (where === 'url' || where === 'method') trapAtFirst(request, where)
    return pintle.fetch(request, bindings, context)
  },
}
