// Posting with Node.js' own HTTP client: its `fetch` uses more than twice the CPU for the same answer.

import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'

import type { Ask, Reply } from '../../core/wire.js'
import { failed } from './failure.js'
import type { Flight } from './flight.js'

export default function post(ask: Extract<Ask, { transport: 'http' }>, readBytes: number): Flight {
  const { url, body } = ask
  const { request } = url.startsWith('https:') ? https : http
  const options = { method: 'POST', headers: Object.fromEntries(ask.headers) }
  let sent: ClientRequest | undefined
  let maySendAgain = true

  /** The process' agent keeps connections open, and whoever configured it did so for this request, too. */
  function send(resolve: (reply: Reply) => void, reject: (why: Error) => void): void {
    const sending = request(url, options, (response) => {
      maySendAgain = false
      textOf(response, readBytes).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
    })
    sending.on('error', (error) => {
      // The other side may close a connection that was kept open just as it is used again. That is no failure yet.
      if (!sending.reusedSocket || !maySendAgain) return reject(error)
      maySendAgain = false
      send(resolve, reject)
    })
    sending.end(body)
    sent = sending
  }

  return {
    reply: new Promise(send).catch(failed),
    cancel() {
      maySendAgain = false
      sent?.destroy()
    },
  }
}

function textOf(response: IncomingMessage, readBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const end = () => resolve(new TextDecoder().decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)))
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes < readBytes) return
      end()
      response.destroy()
    })
    response.on('end', end)
    response.on('error', reject)
  })
}
