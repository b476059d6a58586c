// Options as users write them: a personalization, an environment, and a function that knows profiles.

import builtIn from '../personalization.js'
import { ambient, text } from './environment.js'
import type { Given } from './site.js'
import type { ProfileFunction } from './transport/function.js'

export type { Profile, ProfileFunction } from './transport/function.js'

/** What a personalization.json holds: features in GrowthBook's format, and how their values are delivered. */
export interface Personalization {
  $schema?: string
  /** The view of the profile whose features decide, such as `WEB_PERSONALIZATION:FEATURES_BY_ANON`. */
  view?: string
  /** By key: GrowthBook features. */
  features: Record<string, { defaultValue?: unknown; rules?: Record<string, unknown>[]; [member: string]: unknown }>
  /** Which decisions leave the edge, and in which cookie. */
  deliver: { feature: string; cookie: { name: string; maxAge: string } }[]
  savedGroups?: Record<string, unknown[]>
  /** The cookie by which visitors refuse, and the values that mean no. */
  consent?: { cookie: string; denied: string[] }
}

export interface Options {
  /** The personalization, as an imported JSON file or its text. Default: the variable `PERSONALIZATION`, else the built-in one. */
  personalization?: Personalization | string | undefined
  /** Variables and secrets, by the names of the Worker's. Default: `process.env`. */
  environment?: Record<string, string | undefined> | undefined
  /** A source of profiles, asked before the Activation API unless `PROFILE_SOURCES` names another order. */
  profile?: ProfileFunction | undefined
  /**
   * The IP address that a request came from, for the rate of the decision endpoint. Default: what the headers of
   * `DECISION_ADDRESS_HEADER` say. Whoever stands before this server must write what is read here.
   */
  address?: ((headers: Headers) => string) | undefined
}

/** What a site is made of, from what its user says. */
export function given(options: Options, delivers: Given['delivers']): Given {
  const { profile, personalization, address } = options
  const environment = options.environment ?? ambient()
  const brought = { profile }
  return { personalization: text(personalization, environment) ?? builtIn, environment, brought, delivers, address }
}
