// Writing what is known of an alias to Redis, for other programs. What is said, and what the answer means, is the module's to
// say (`feed/src/redis.rs`); here bytes are carried.

import type { Ask } from '../core/wire.js'
import { rules } from '../feed.js'
import { isSet } from '../shell/environment.js'
import type { Env } from './bindings.js'

/** How long Redis may take. */
const DEADLINE_MS = 5_000

/** A server of a cluster may send to the one whose key it is, and that one to where the key moves. */
const SERVERS = 3

/** Whether there is a Redis that is to hear. */
export const hasRedis = ({ FEED_REDIS_URL: url }: Env): boolean => isSet(url)

/** Tells Redis what pages are told of an alias, or that it is nobody's any more; rejects when Redis does not have it. */
export async function tellRedis(
  alias: string,
  data: string | undefined,
  personalization: string,
  env: Env,
): Promise<void> {
  if (!hasRedis(env)) return
  let ask = rules().redisAsks(alias, data, personalization, env)
  for (let asked = 0; ask !== undefined; asked += 1) {
    if (asked === SERVERS) throw new Error("FEED_REDIS_URL: the cluster's servers send from one to another")
    const question = JSON.parse(ask) as Extract<Ask, { transport: 'socket' }>
    const bytes = await carried(question)
    try {
      ask = rules().redisHeard(bytes, question.replies, alias, data, personalization, env)
    } catch (error) {
      throw new Error(`FEED_REDIS_URL: ${(error as Error).message}`)
    }
  }
}

async function carried(question: Extract<Ask, { transport: 'socket' }>): Promise<Uint8Array> {
  // Who writes to no Redis loads nothing of sockets.
  const { default: open } = await import('#socket')
  const flight = open(question, (bytes, replies) => rules().redisIsClean(bytes, replies))
  const timer = setTimeout(flight.cancel, DEADLINE_MS)
  const reply = await flight.reply
  clearTimeout(timer)
  if ('bytes' in reply) return reply.bytes
  throw new Error(`FEED_REDIS_URL: it cannot be reached: ${'failed' in reply ? reply.failed : 'no answer'}`)
}
