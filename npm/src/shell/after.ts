// What is done after the response: a profile written to KV, a lookup that goes on for the next page, lines in the log.

import type { Visit } from '../core/visit.js'
import type { Plan } from '../core/wire.js'
import type { Exposures } from './exposures.js'
import { drive } from './lookup.js'
import type { Flight } from './transport/flight.js'
import type { Brought } from './transport/transport.js'
import type { WaitUntil } from './wait_until.js'

/** With what it is done. */
interface Doing {
  brought: Brought
  exposures: Exposures | undefined
  flight?: Flight | undefined
  waitUntil: WaitUntil
}

/** Does what a plan leaves to do, `flight` being what was carried last, and ends the visit. */
export function after(plan: Plan | undefined, visit: Visit, { brought, exposures, flight, waitUntil }: Doing): void {
  if (plan) told(plan, brought, waitUntil)
  if (plan?.exposures) exposures?.add(plan.exposures, waitUntil)
  if (!plan?.later) {
    visit.end()
    return
  }
  const goesOn = async () => {
    const last = await drive(visit, visit.next(), brought, { flight })
    last?.cancel()
    const rest = visit.rest()
    visit.end()
    if (rest) told(rest, brought, waitUntil)
  }
  // A task that rejects would end some programs. What failed has told it itself.
  waitUntil(goesOn().catch(() => {}))
}

function told({ keep, log }: Plan, { kv }: Brought, waitUntil: WaitUntil): void {
  for (const line of log) console.warn(line)
  if (!keep || !kv) return
  const { key, value, expirationTtl } = keep
  const put = kv.put(key, value, { expirationTtl })
  waitUntil(put.catch((error) => console.warn(`pintle: a profile could not be written back to KV: ${error.message}`)))
}
