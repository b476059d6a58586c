// `pintle/worker`: pages alone, for sites without a feed.

import type { Worker } from './bindings.js'
import { pages } from './pages.js'

const worker: Worker = { fetch: pages }
export default worker
