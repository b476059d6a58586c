// A Redis, in the layout of RudderStack's Profiles sync: a hash a profile, with a field a view. It goes over the sockets that
// pages are looked up by on Node.js. Only replies of one line come, one to each command, so they are counted by their ends.
// What fails for now is tried again, later and later; a cluster's server that sends to another is followed, also while a key
// moves. Neither the password nor pairs are ever told, so of an error its first word is.

import { setTimeout as rest } from 'node:timers/promises'

import talk from '../../shell/transport/socket_node.js'
import { Refused, WrongUsage } from '../failure.js'
import type { Destination } from './destination.js'
import { pauseMs } from './pause.js'

export interface Redis {
  url: string
  /** What a key is before the entity: workspace and destination. */
  before: string
  view: string
  timeoutMs: number
  tell: (line: string) => void
}

interface Server {
  host: string
  port: number
  tls: boolean
  /** What is said before: password and database. */
  greeting: string[][]
  /** Whether it is to have a key that is still on its way there, as `ASKING` says before each command. */
  isAsked?: boolean
}

/** A pair as commands. */
type Commands = string[][]

const AT_ONCE = 500
const TRIES = 10
const REST_MS = 250
const LONGEST_REST_MS = 30_000
const NEWLINE = 10

/** Errors that pass. */
const FOR_NOW = /^(LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN)$/

const HINTS: Record<string, string> = {
  NOAUTH: 'it wants a password, in the URL before an @',
  WRONGPASS: 'are user and password of the URL right?',
  NOPERM: 'its user may not write these keys',
  WRONGTYPE: 'a key holds something else than a hash; is this the Redis of a Profiles sync?',
  OOM: 'it has no memory left',
  READONLY: 'it is a replica; name the one that it follows',
}

export function redis({ url, before, view, timeoutMs, tell }: Redis): Destination {
  const first = serverOf(url)
  const place = `${first.host}:${first.port}`
  const name = `Redis at ${place}`
  const commandsOf = commands(before, view)

  /** Has some of them written; resolves to those that are left, by the server that is to have them, and why. */
  async function write(at: Server, some: Commands[]): Promise<{ left: [Server, Commands][]; why?: string }> {
    const asked = at.isAsked ? some.map((each) => each.flatMap((command) => [['ASKING'], command])) : some
    const said = await replies([...at.greeting, ...asked.flat()], at, timeoutMs)
    if (typeof said === 'string') return { left: some.map((each) => [at, each]), why: said }
    refuse(said.slice(0, at.greeting.length), name)
    const left: [Server, Commands][] = []
    let next = at.greeting.length
    let why: string | undefined
    for (const [which, each] of some.entries()) {
      const { length } = asked[which] ?? each
      const error = said.slice(next, next + length).find((line) => line.startsWith('-'))
      next += length
      if (error === undefined) continue
      const other = moved(error, at)
      if (!other && FOR_NOW.test(wordOf(error))) why = wordOf(error)
      else if (!other) refuse([error], name)
      // Who was asked once about a key that moves is not asked again: it may be whose it was.
      left.push([other ?? (at.isAsked ? first : at), each])
    }
    return why === undefined ? { left } : { left, why }
  }

  async function arrive(some: Commands[]): Promise<void> {
    let left: [Server, Commands][] = some.map((each) => [first, each])
    let why: string | undefined
    for (let tried = 0; left.length > 0; tried += 1) {
      if (tried === TRIES) {
        why ??= 'its servers send from one to another'
        throw new Refused(
          `${name} did not take a batch in ${TRIES} tries (${why}): run this again later, it goes on there`,
        )
      }
      // A cluster's server that sends to another one is no reason to rest.
      if (why !== undefined) await pause(tried, why, tell)
      const rounds = await Promise.all(byServer(left).map(([at, each]) => write(at, each)))
      left = rounds.flatMap((round) => round.left)
      why = rounds.find((round) => round.why)?.why
    }
  }

  return {
    name,
    of: { redis: place, database: first.greeting.at(-1)?.[1], before },
    async put(pairs) {
      for (let from = 0; from < pairs.length; from += AT_ONCE)
        await arrive(pairs.slice(from, from + AT_ONCE).map(commandsOf))
    },
  }
}

async function pause(tried: number, why: string, tell: Redis['tell']): Promise<void> {
  const restMs = pauseMs(tried, REST_MS, LONGEST_REST_MS)
  if (restMs >= 5000) tell(`Redis: ${why}; trying again in ${Math.ceil(restMs / 1000)} s`)
  await rest(restMs)
}

function serverOf(text: string): Server {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const database = url?.pathname.replace(/^\//, '') ?? ''
  if (!url?.hostname || !/^rediss?:$/.test(url.protocol) || !/^\d*$/.test(database) || url.search)
    throw new WrongUsage('--to must be redis://[user:]password@host:port/db, or rediss://… with TLS')
  const [user, password] = [url.username, url.password].map(decodeURIComponent)
  // Alone it is the password, as REDIS_URL has it.
  const words = [user, password].filter((word) => word !== undefined && word !== '') as string[]
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 6379),
    tls: url.protocol === 'rediss:',
    greeting: [
      ...(words.length > 0 ? [['AUTH', ...words]] : []),
      ...(Number(database) > 0 ? [['SELECT', database]] : []),
    ],
  }
}

/** A pair of Cloudflare's bulk JSON as Redis' commands: its `data` object has one view, whose features are the field's text. */
function commands(before: string, view: string): (pair: string) => Commands {
  const begin = `{${JSON.stringify(view)}:`
  return (pair) => {
    const {
      key,
      value,
      expiration_ttl: ttlS,
    } = JSON.parse(pair) as { key: string; value: string; expiration_ttl?: number }
    const name = `${before}${key}`
    const set = ['HSET', name, view, value.slice(begin.length, -1)]
    return ttlS === undefined ? [set] : [set, ['EXPIRE', name, String(ttlS)]]
  }
}

/** What a server replies, a line a command; or why it does not. */
async function replies(said: string[][], { host, port, tls }: Server, timeoutMs: number): Promise<string[] | string> {
  const text = said
    .map((words) => `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`)
    .join('')
  const flight = talk({ transport: 'socket', host, port, tls, text, replies: said.length }, isClean)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    flight.cancel()
  }, timeoutMs)
  const reply = await flight.reply
  clearTimeout(timer)
  if (isLate) return `no answer in ${timeoutMs / 1000} s`
  if (!('bytes' in reply)) return 'failed' in reply ? reply.failed : 'no answer'
  const lines = new TextDecoder().decode(reply.bytes).split('\r\n').slice(0, -1)
  return lines.length < said.length ? 'the connection was closed in the middle of the answer' : lines
}

function isClean(bytes: Uint8Array, replies: number): boolean | undefined {
  let lines = 0
  for (const byte of bytes) if (byte === NEWLINE) lines += 1
  return lines < replies ? undefined : lines === replies && bytes.at(-1) === NEWLINE
}

const wordOf = (error: string) => /^-([A-Z]+)/.exec(error)?.[1] ?? ''

function refuse(lines: string[], name: string): void {
  const error = lines.find((line) => !/^[+:]/.test(line))
  if (error === undefined) return
  if (!error.startsWith('-')) throw new Refused(`${name} does not speak Redis' protocol`)
  const word = wordOf(error)
  throw new Refused(`${name} refuses (${word}): ${HINTS[word] ?? 'its own log may say why'}`)
}

function moved(error: string, at: Server): Server | undefined {
  const [, how, host, port] = /^-(MOVED|ASK) \d+ (.*):(\d+)$/.exec(error) ?? []
  if (port === undefined) return undefined
  return { ...at, host: host && host !== '?' ? host : at.host, port: Number(port), isAsked: how === 'ASK' }
}

function byServer(left: [Server, Commands][]): [Server, Commands[]][] {
  const servers = new Map<string, [Server, Commands[]]>()
  for (const [at, each] of left) {
    const key = `${at.host}:${at.port} ${at.isAsked}`
    const known = servers.get(key) ?? [at, []]
    known[1].push(each)
    servers.set(key, known)
  }
  return [...servers.values()]
}
