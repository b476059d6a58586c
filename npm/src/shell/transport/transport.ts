// The ways in which a shell carries what the core asks: bytes there, bytes back. None knows what they mean.

import http from '#http'
import type { Ask, Step } from '../../core/wire.js'
import type { ProfileFunction } from '../options.js'
import { failed } from './failure.js'
import type { Flight, IsClean } from './flight.js'
import { callFunction } from './function.js'
import { getValue, type KvNamespace } from './kv.js'
import { getSnapshot, type ObjectNamespace } from './object.js'

/** What a shell brings, beside HTTP. */
export interface Brought {
  kv?: KvNamespace | undefined
  people?: ObjectNamespace | undefined
  profile?: ProfileFunction | undefined
}

/** Carries what a step asks. When what comes over a socket is whole, `isClean` tells. */
export function carry(ask: Ask, { readBytes }: Step, { kv, people, profile }: Brought, isClean: IsClean): Flight {
  switch (ask.transport) {
    case 'http':
      return http(ask, readBytes)
    case 'kv':
      return getValue(kv, ask.key, readBytes)
    case 'object':
      return getSnapshot(people, ask.name, readBytes)
    case 'socket':
      return talk(ask, isClean)
    case 'function':
      return callFunction(profile, ask.id)
  }
}

/** Only a site that asks over sockets loads what opens them. */
function talk(ask: Extract<Ask, { transport: 'socket' }>, isClean: IsClean): Flight {
  let flight: Flight | undefined
  let isCancelled = false
  const talked = async () => {
    const { default: open } = await import('#socket')
    if (isCancelled) throw new Error('nobody waits for it any more')
    flight = open(ask, isClean)
    return flight.reply
  }
  return {
    reply: talked().catch(failed),
    cancel() {
      isCancelled = true
      flight?.cancel()
    },
  }
}
