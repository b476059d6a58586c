// `pintle/worker`: pages alone, for sites without a feed.

import { pages } from './pages.js'

export default { fetch: pages }
