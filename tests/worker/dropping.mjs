// The built Worker, of whose requests those with `x-drop` end as their answer leaves: nothing is waited for.

import pintle from '../../build/worker.mjs'

export default {
  fetch(request, env, context) {
    return pintle.fetch(request, env, request.headers.has('x-drop') ? { waitUntil: () => {} } : context)
  },
}
