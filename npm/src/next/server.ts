// `pintle/next/server`: what the middleware decided, for server components and route handlers of the same request.

import { headers } from 'next/headers'
import { openDecisions } from '../core.js'
import { ambient } from '../settings.js'
import { DECISIONS_HEADER } from '../site.js'

export interface Seal {
  /** The keys that the middleware has. Default: the variable `TICKET_KEYS`. */
  ticketKeys?: string
}

/** What was decided about the visitor of this request, by feature; `{}` when nothing was. */
export async function decisions({ ticketKeys }: Seal = {}): Promise<Record<string, unknown>> {
  const header = (await headers()).get(DECISIONS_HEADER)
  return header ? openDecisions(header, ticketKeys ?? ambient().TICKET_KEYS) : {}
}

/** What was decided about one feature; `fallback` when nothing was, or something of another kind. */
export function decision(feature: string, fallback: boolean, seal?: Seal): Promise<boolean>
export function decision(feature: string, fallback: number, seal?: Seal): Promise<number>
export function decision(feature: string, fallback: string, seal?: Seal): Promise<string>
export async function decision(feature: string, fallback: unknown, seal: Seal = {}): Promise<unknown> {
  const value = (await decisions(seal))[feature]
  return typeof value === typeof fallback ? value : fallback
}
