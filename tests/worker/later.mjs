// The built Worker, and `/later?ms=30000` makes it that much later for it; from `/full` on it has no memory for another instance of its
// module.

import pintle, { Person } from '../../build/worker.mjs'

const now = Date.now
let aheadMs = 0
Date.now = () => now() + aheadMs

function full() {
  throw new RangeError('out of memory')
}

export { Person }

export default {
  fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/full') WebAssembly.Instance = full
    else if (pathname !== '/later') return pintle.fetch(request, env, context)
    aheadMs += Number(searchParams.get('ms') ?? 0)
    return new Response(null, { status: 204 })
  },
}
