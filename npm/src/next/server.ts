// `pintle/next/server`: what the middleware decided, for server components and route handlers of the same request.

import { headers } from 'next/headers'
import { instance } from '../core/instance.js'
import type { Contract } from '../core/wire.js'
import { ambient } from '../shell/environment.js'

export interface Seal {
  /** The keys that the middleware has. Default: the variable `TICKET_KEYS`. */
  ticketKeys?: string
}

/** What was decided about the visitor of this request, by feature; `{}` when nothing was. */
export async function decisions({ ticketKeys }: Seal = {}): Promise<Record<string, unknown>> {
  const given = await headers()
  return instance().enter((glue) => {
    const { decisionsHeader }: Contract = JSON.parse(glue.contract())
    const header = given.get(decisionsHeader)
    const keys = ticketKeys ?? ambient().TICKET_KEYS
    return header ? JSON.parse(glue.openDecisions(header, keys || undefined) ?? '{}') : {}
  })
}

/** What was decided about one feature; `fallback` when nothing was, or something of another kind. */
export function decision(feature: string, fallback: boolean, seal?: Seal): Promise<boolean>
export function decision(feature: string, fallback: number, seal?: Seal): Promise<number>
export function decision(feature: string, fallback: string, seal?: Seal): Promise<string>
export async function decision(feature: string, fallback: unknown, seal: Seal = {}): Promise<unknown> {
  const value = (await decisions(seal))[feature]
  return typeof value === typeof fallback ? value : fallback
}
