// Writing to a server and reading what it replies, in Cloudflare's runtime: one connection a question, since a request
// cannot use another's. It is closed whatever happens. When a reply is whole the core tells, not this file.

import type { Ask } from '../../core/wire.js'
import { failed } from './failure.js'
import type { Flight, IsClean } from './flight.js'

export default function talk(ask: Extract<Ask, { transport: 'socket' }>, isClean: IsClean): Flight {
  let close = () => {}
  const talked = async () => {
    const { connect } = await import('cloudflare:sockets')
    const hostname = ask.host.includes(':') ? `[${ask.host}]` : ask.host
    const socket = connect({ hostname, port: ask.port }, { secureTransport: ask.tls ? 'on' : 'off' })
    const ignore = () => {}
    socket.closed.catch(ignore)
    close = () => void socket.close().catch(ignore)
    try {
      // What fails here fails the reading as well, with its cause.
      socket.writable.getWriter().write(new TextEncoder().encode(ask.text)).catch(ignore)
      // Here the cause of a connection that failed is told; a reading says only that it was cancelled.
      await socket.opened
      return { bytes: await read(socket.readable.getReader(), (bytes) => isClean(bytes, ask.replies)) }
    } finally {
      close()
    }
  }
  return { reply: talked().catch(failed), cancel: () => close() }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>, isClean: (bytes: Uint8Array) => unknown) {
  let bytes = new Uint8Array()
  for (;;) {
    const { done, value } = await reader.read()
    if (done && bytes.length === 0) throw new Error('the connection was closed before an answer')
    if (done) return bytes
    const longer = new Uint8Array(bytes.length + value.length)
    longer.set(bytes)
    longer.set(value, bytes.length)
    bytes = longer
    if (isClean(bytes) !== undefined) return bytes
  }
}
