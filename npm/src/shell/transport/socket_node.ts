// Writing to a server and reading what it replies, over sockets of Node.js'. Connections are kept and used again, one
// question at a time on each; they keep no program running. When a reply is whole the core tells, not this file.

import net, { type Socket } from 'node:net'
import tls from 'node:tls'

import type { Ask } from '../../core/wire.js'
import { failed } from './failure.js'
import type { Flight, IsClean } from './flight.js'

type Question = Extract<Ask, { transport: 'socket' }>

/** How many connections to one server there are at the most; further questions wait for one. */
const MOST = 32
/** How long one is kept that nobody uses. */
const IDLE_MS = 30_000

/** What nobody asked for belongs to no answer. */
function destroy(this: Socket): void {
  this.destroy()
}

class Server {
  readonly #connect: () => Socket
  readonly #idle: Socket[] = []
  readonly #waiting: (() => void)[] = []
  #open = 0

  constructor({ host, port, tls: isSecure }: Question) {
    const name = net.isIP(host) ? {} : { servername: host }
    this.#connect = () => (isSecure ? tls.connect({ host, port, ...name }) : net.connect({ host, port }))
  }

  /** A connection, as long as it is wanted. */
  async take(isWanted: () => boolean): Promise<{ socket: Socket; isReused: boolean } | undefined> {
    while (this.#idle.length === 0 && this.#open >= MOST && isWanted())
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (!isWanted()) {
      this.#waiting.shift()?.()
      return undefined
    }
    const kept = this.#idle.pop()
    if (kept) return { socket: kept.ref().setTimeout(0).off('data', destroy), isReused: true }
    return { socket: this.#made(), isReused: false }
  }

  /** For whoever asks next. */
  giveBack(socket: Socket): void {
    // The other side may have closed it meanwhile.
    if (socket.destroyed) return
    this.#idle.push(socket.unref().setTimeout(IDLE_MS).on('data', destroy))
    this.#waiting.shift()?.()
  }

  #made(): Socket {
    const socket = this.#connect()
    this.#open += 1
    // Who has asked listens as well; what happens to one that is idle is nobody's failure.
    socket.on('error', () => {})
    socket.on('timeout', destroy)
    socket.on('close', () => {
      this.#open -= 1
      const at = this.#idle.indexOf(socket)
      if (at >= 0) this.#idle.splice(at, 1)
      this.#waiting.shift()?.()
    })
    return socket
  }
}

const servers = new Map<string, Server>()

function serverOf(ask: Question): Server {
  const key = `${ask.tls} ${ask.port} ${ask.host}`
  const known = servers.get(key) ?? new Server(ask)
  servers.set(key, known)
  return known
}

export default function talk(ask: Question, isClean: IsClean): Flight {
  const server = serverOf(ask)
  let used: Socket | undefined
  let isCancelled = false

  async function talked() {
    for (;;) {
      const taken = await server.take(() => !isCancelled)
      if (!taken) throw new Error('nobody waits for it any more')
      const { socket, isReused } = taken
      used = socket
      try {
        const { bytes, mayFollow } = await exchanged(socket, ask, isClean)
        if (mayFollow) server.giveBack(socket)
        else socket.destroy()
        return { bytes }
      } catch (error) {
        // The other side may close a connection that was kept just as it is used again. That is no failure yet.
        if (!isReused) throw error
      } finally {
        used = undefined
      }
    }
  }

  return {
    reply: talked().catch(failed),
    cancel() {
      isCancelled = true
      used?.destroy()
    },
  }
}

function exchanged(socket: Socket, ask: Question, isClean: IsClean) {
  return new Promise<{ bytes: Uint8Array; mayFollow: boolean }>((resolve, reject) => {
    let bytes = Buffer.alloc(0)
    let cause = new Error('the connection was closed before an answer')
    const ended = () => {
      socket.off('data', took).off('close', closed).off('error', erred)
    }
    const took = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      try {
        const mayFollow = isClean(bytes, ask.replies)
        if (mayFollow === undefined) return
        ended()
        resolve({ bytes, mayFollow })
      } catch (error) {
        // The core has trapped; thrown from here it would end the program.
        ended()
        socket.destroy()
        reject(error)
      }
    }
    const erred = (error: Error) => {
      cause = error
    }
    const closed = () => {
      ended()
      if (bytes.length > 0) resolve({ bytes, mayFollow: false })
      else reject(cause)
    }
    socket.on('data', took).on('close', closed).on('error', erred)
    if (socket.destroyed) closed()
    else socket.write(ask.text)
  })
}
