// Real redis-servers of a test's own: one, one with TLS, a cluster of three, one that is killed in the middle of an answer; and
// a server that answers as one test needs it.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { command } from '../../scripts/demo/redis.mjs'
import { openssl, redisJson, redisServer } from '../../scripts/tools.mjs'
import { eventually } from './browser.mjs'

export const PASSWORD = 'of-the-tests'
const program = await redisServer()

/** Why there is nothing to test with, where there is no redis-server. */
export const skip = program ? false : 'there is no redis-server'

/** What makes a redis-server have Redis' own JSON module; why there is none, where there is none. */
const module = program && (await redisJson())
export const WITH_JSON = ['--loadmodule', module]
export const skipJson = skip || (module ? false : 'there is no JSON module for this machine')

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Starts it with a password; resolves to its `port`, `url`, `does` (runs commands) and `dispose`, which kills it. */
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

/** Starts one that speaks TLS besides, as `secure` says; its certificate for `localhost` is `ca`, in the file `caFile`. */
export async function startSecureRedis() {
  const folder = await mkdtemp(path.join(tmpdir(), 'pintle-redis-'))
  const [key, caFile] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')]
  const files = ['-keyout', key, '-out', caFile]
  const named = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  await promisify(execFile)(await openssl(), ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...named])
  const port = await freePort()
  const tls = ['--tls-port', String(port), '--tls-cert-file', caFile, '--tls-key-file', key, '--tls-auth-clients', 'no']
  const redis = await startRedis(tls)
  const dispose = async () => {
    await redis.dispose()
    await rm(folder, { recursive: true })
  }
  return {
    ...redis,
    dispose,
    caFile,
    ca: await readFile(caFile, 'utf8'),
    secure: `rediss://:${PASSWORD}@localhost:${port}`,
  }
}

/**
 * Starts a cluster of three; `url` is the first of them, and `does` runs commands on all, of which one has the key. `move` has
 * the slot of a key on its way from whose it is to the next one, and resolves to both.
 */
export async function startCluster() {
  const folder = await mkdtemp(path.join(tmpdir(), 'pintle-redis-'))
  const start = async (number) => {
    const bus = String(await freePort())
    const own = ['--cluster-enabled', 'yes', '--cluster-port', bus, '--cluster-config-file', `nodes-${number}.conf`]
    return { ...(await startRedis([...own, '--dir', folder])), bus }
  }
  const nodes = await Promise.all([0, 1, 2].map(start))
  const does = (...commands) => Promise.all(nodes.map((node) => node.does(...commands)))
  const slots = [
    ['0', '5460'],
    ['5461', '10922'],
    ['10923', '16383'],
  ]
  const move = async (key) => {
    const slot = /^:(\d+)/m.exec(await nodes[0].does(['CLUSTER', 'KEYSLOT', key]))[1]
    const at = slots.findIndex(([, last]) => Number(slot) <= Number(last))
    const [from, to] = [nodes[at], nodes[(at + 1) % nodes.length]]
    const id = async (node) => /\$40\r\n(\w{40})/.exec(await node.does(['CLUSTER', 'MYID']))[1]
    await to.does(['CLUSTER', 'SETSLOT', slot, 'IMPORTING', await id(from)])
    await from.does(['CLUSTER', 'SETSLOT', slot, 'MIGRATING', await id(to)])
    return { from, to }
  }
  await Promise.all(nodes.map((node, at) => node.does(['CLUSTER', 'ADDSLOTSRANGE', ...slots[at]])))
  const [first, ...others] = nodes
  await first.does(...others.map(({ port, bus }) => ['CLUSTER', 'MEET', '127.0.0.1', String(port), bus]))
  const isOne = (said) => said.includes('cluster_state:ok') && said.includes('cluster_known_nodes:3')
  await eventually('they are a cluster', async () => (await does(['CLUSTER', 'INFO'])).every(isOne), 60_000)
  const dispose = async () => {
    await Promise.all(nodes.map((node) => node.dispose()))
    await rm(folder, { recursive: true })
  }
  return { url: first.url, nodes, does, move, dispose }
}

/** Starts a door to a redis-server that lets so many bytes of an answer through, and then kills the server. */
export async function startKilling(redis, bytes) {
  const server = net.createServer((socket) => {
    const inner = net.connect(redis.port, '127.0.0.1')
    socket.on('error', () => {}).pipe(inner)
    let left = bytes
    inner.on('error', () => {}).on('close', () => socket.end())
    inner.on('data', (chunk) => {
      if (left > 0) socket.write(chunk.subarray(0, left))
      left -= chunk.length
      if (left <= 0) redis.dispose()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  return { url: redis.url.replace(`:${redis.port}`, `:${port}`), dispose: () => server.close() }
}

/** Starts a server that says its `reply` to whatever it is told, and closes the connection where it `closes`. */
export async function startSaying(reply, closes = false) {
  const sockets = new Set()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('data', () => (closes ? socket.end(saying.reply) : socket.write(saying.reply)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const dispose = () => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  }
  const url = `redis://127.0.0.1:${server.address().port}`
  const saying = { reply, url, dispose, sockets, connections: () => sockets.size }
  return saying
}
