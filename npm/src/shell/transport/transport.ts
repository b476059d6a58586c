// The ways in which a shell carries what the core asks: bytes there, bytes back. None knows what they mean.

import http from '#http'
import type { Ask, Reply, Step } from '../../core/wire.js'
import type { ProfileFunction } from '../options.js'
import { callFunction } from './function.js'
import { getValue, type KvNamespace } from './kv.js'

/** Something that is being carried. */
export interface Flight {
  /** It never rejects: what went wrong is a reply, too. */
  readonly reply: Promise<Reply>
  /** Ends it: nobody waits for the reply any more. */
  cancel(): void
}

/** What a shell brings, beside HTTP. */
export interface Brought {
  kv?: KvNamespace | undefined
  profile?: ProfileFunction | undefined
}

/** Carries what a step asks. */
export function carry(ask: Ask, { readBytes }: Step, { kv, profile }: Brought): Flight {
  switch (ask.transport) {
    case 'http':
      return http(ask, readBytes)
    case 'kv':
      return getValue(kv, ask.key, readBytes)
    case 'function':
      return callFunction(profile, ask.id)
  }
}
