// Carrying what a visit asks for, as long as somebody waits.

import type { Visit } from '../core/visit.js'
import type { Reply, Step } from '../core/wire.js'
import type { Flight } from './transport/flight.js'
import { type Brought, carry } from './transport/transport.js'

/**
 * Carries what the visit asks for, from `step` on, until it has enough or the time is over; resolves to what was carried
 * last. `page` asks for the page that would otherwise leave without it; `flight` is on its way already.
 */
export async function drive(
  visit: Visit,
  step: Step | undefined,
  brought: Brought,
  { page, flight }: { page?: (() => Promise<unknown>) | undefined; flight?: Flight | undefined } = {},
): Promise<Flight | undefined> {
  let [next, last] = [step, flight]
  while (next) {
    if (next.ask) last = carry(next.ask, next, brought, (bytes, replies) => visit.isClean(bytes, replies))
    // What is looked up is on its way first: then it is often there before the page, and needs no timer.
    const reply = last && (await within(last.reply, next.waitMs, page?.()))
    next = reply ? visit.replied(reply) : visit.ranOut()
  }
  return last
}

/**
 * The reply; nothing when the time is over first. Where a page is on its way the time only counts once it is there, as
 * nobody waits before: so most lookups need no timer, which costs more than all else here.
 */
function within(reply: Promise<Reply>, waitMs: number, page?: Promise<unknown>): Promise<Reply | undefined> {
  const startedMs = Date.now()
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const limit = () => {
      if (isOver) return
      const restMs = waitMs - (Date.now() - startedMs)
      timer = setTimeout(resolve, Math.max(restMs, 0), undefined)
    }
    reply.then((text) => {
      isOver = true
      if (timer !== undefined) clearTimeout(timer)
      resolve(text)
    })
    if (page) page.then(limit, limit)
    else limit()
  })
}
