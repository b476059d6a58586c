// The built Worker, which tells at `/wasm` how many bytes the memories of its modules have together.

import pintle from '../../../build/worker.mjs'
import { instances } from '../../../tests/worker/instances.mjs'

export { Person } from '../../../build/worker.mjs'

export default {
  fetch(request, env, context) {
    if (!request.url.endsWith('/wasm')) return pintle.fetch(request, env, context)
    return Response.json(instances().bytes.reduce((sum, bytes) => sum + bytes, 0))
  },
}
