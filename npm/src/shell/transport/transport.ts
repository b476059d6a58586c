// The ways in which a shell carries what the core asks: bytes there, bytes back. None knows what they mean.

import http from '#http'
import type { Ask, Step } from '../../core/wire.js'
import type { ProfileFunction } from '../options.js'
import type { Flight } from './flight.js'
import { callFunction } from './function.js'
import { getValue, type KvNamespace } from './kv.js'
import { getSnapshot, type ObjectNamespace } from './object.js'

/** What a shell brings, beside HTTP. */
export interface Brought {
  kv?: KvNamespace | undefined
  people?: ObjectNamespace | undefined
  profile?: ProfileFunction | undefined
}

/** Carries what a step asks. */
export function carry(ask: Ask, { readBytes }: Step, { kv, people, profile }: Brought): Flight {
  switch (ask.transport) {
    case 'http':
      return http(ask, readBytes)
    case 'kv':
      return getValue(kv, ask.key, readBytes)
    case 'object':
      return getSnapshot(people, ask.name, readBytes)
    case 'function':
      return callFunction(profile, ask.id)
  }
}
