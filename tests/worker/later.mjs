// The built Worker, and `/later?ms=30000` makes it that much later for it.

import pintle, { Person } from '../../build/worker.mjs'

const now = Date.now
let aheadMs = 0
Date.now = () => now() + aheadMs

export { Person }

export default {
  fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname !== '/later') return pintle.fetch(request, env, context)
    aheadMs += Number(searchParams.get('ms'))
    return new Response(null, { status: 204 })
  },
}
