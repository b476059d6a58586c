// What the runtime gives a Worker, and what a Worker is to others.

import type { KvNamespace } from '../shell/transport/kv.js'
import type { ObjectNamespace } from '../shell/transport/object.js'

/** The bindings that are used, beside variables and secrets. */
export interface Env extends Record<string, unknown> {
  ASSETS?: { fetch(request: Request): Promise<Response> }
  PROFILES?: KvNamespace
  PEOPLE?: ObjectNamespace
}

/** What the runtime gives a request beside them. */
export interface Context {
  waitUntil(task: Promise<unknown>): void
}

/** A Worker, as one of the site's own hands requests on to it: whatever type that has for its bindings. */
export interface Worker {
  fetch(request: Request, env: unknown, context: Context): Promise<Response>
  /** What a Cron Trigger sets off. */
  scheduled?(event: unknown, env: unknown, context: Context): void
}
