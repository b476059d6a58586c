// `pintle/worker`: pages alone, for sites without a feed.

import { pages, type Worker } from './pages.js'

const worker: Worker = { fetch: pages }
export default worker
