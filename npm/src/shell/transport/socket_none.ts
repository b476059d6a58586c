// Where a runtime has no sockets. The settings tell so at the start; nothing comes here after that.

import type { Flight } from './flight.js'

export default function talk(): Flight {
  return { reply: Promise.resolve({ failed: 'this runtime has no sockets' }), cancel() {} }
}
