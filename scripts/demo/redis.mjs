// A redis-server on this machine alone, with the demo's profiles as RudderStack's Profiles sync writes them.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as rest } from 'node:timers/promises'

import { root } from '../project.mjs'
import { Failed } from '../run.mjs'
import { redisServer } from '../tools.mjs'

const IDS = { REDIS_WORKSPACE_ID: 'demo', REDIS_DESTINATION_ID: 'demo' }

/** Starts it until this program ends; resolves to what a site needs to ask it. */
export async function serveRedis(port) {
  const program = await redisServer()
  if (!program) throw new Failed('No redis-server was found: install it, or set REDIS_SERVER to its path.')
  const password = randomBytes(16).toString('hex')
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--requirepass', password]
  const server = spawn(program, options, { stdio: 'ignore' })
  process.on('exit', () => server.kill())
  server.unref()
  const socket = await connected(port, server)
  const said = [['AUTH', password], ...(await profiles()), ['QUIT']]
  socket.end(said.map(command).join(''))
  let answered = ''
  for await (const chunk of socket) answered += chunk
  if (/^-/m.test(answered))
    throw new Failed(`The redis-server at port ${port} is another one: ${answered.split('\r\n')[0]}`)
  // Whom events made in the demo Redis does not know: their objects do.
  return { ...IDS, PROFILE_SOURCES: 'people,redis', REDIS_URL: `redis://:${password}@127.0.0.1:${port}` }
}

/** A command as Redis reads it. */
export const command = (words) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`

async function connected(port, server) {
  for (;;) {
    if (server.exitCode !== null) throw new Failed(`The redis-server ended at once: is something else at port ${port}?`)
    const socket = net.connect(port, '127.0.0.1')
    if (await once(socket, 'connect').catch(() => undefined)) return socket
    await rest(50)
  }
}

/** What stands in KV otherwise, a view a field. */
async function profiles() {
  const pairs = JSON.parse(await readFile(path.join(root, 'scripts/demo-profiles.json'), 'utf8'))
  return pairs.flatMap(({ key, value }) =>
    Object.entries(JSON.parse(value)).map(([view, features]) => {
      const name = [IDS.REDIS_WORKSPACE_ID, IDS.REDIS_DESTINATION_ID, key].join(':')
      return ['HSET', name, view, JSON.stringify(features)]
    }),
  )
}
