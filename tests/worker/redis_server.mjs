// A real redis-server of a test's own, and a server that answers as one test needs it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'

import { redisServer } from '../../scripts/tools.mjs'

export const PASSWORD = 'of-the-tests'
const program = await redisServer()

/** Why there is nothing to test with, where there is no redis-server. */
export const skip = program ? false : 'there is no redis-server'

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

const command = (words) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`

/** Starts it with a password; resolves to its `port`, `does` (runs commands), `process` and `dispose`. */
export async function startRedis(args = []) {
  const port = await freePort()
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn(program, [...own, '--requirepass', PASSWORD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  let output = ''
  for await (const chunk of child.stdout) {
    output += chunk
    if (output.includes('Ready to accept connections')) break
  }
  async function does(...commands) {
    const socket = net.connect(port, '127.0.0.1')
    socket.end([['AUTH', PASSWORD], ...commands, ['QUIT']].map(command).join(''))
    let said = ''
    for await (const chunk of socket) said += chunk
    return said
  }
  const dispose = async () => {
    child.kill('SIGKILL')
    await ended
  }
  return { port, does, dispose, url: `redis://:${PASSWORD}@127.0.0.1:${port}` }
}

/** Starts a server that says `reply` to whatever it is told, and closes the connection where it `closes`. */
export async function startSaying(reply, closes = false) {
  const sockets = new Set()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('data', () => (closes ? socket.end(reply) : socket.write(reply)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const dispose = () => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  }
  return { url: `redis://127.0.0.1:${server.address().port}`, dispose, connections: () => sockets.size }
}
