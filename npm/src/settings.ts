// Settings as users write them: a personalization, an environment, and a function that knows profiles.

import builtIn from './personalization.js'

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

/** The features of a visitor's profile: number, text, boolean or null, by name. */
export type Profile = Record<string, unknown>

/**
 * Knows profiles by anonymous id: a database, an edge store, an API of the site's own. `null` and `undefined` mean
 * that the id is not known; an exception means that nobody can tell. `signal` aborts when the answer comes too late.
 */
export type ProfileFunction = (
  id: string,
  context: { signal: AbortSignal },
) => Promise<Profile | null | undefined> | Profile | null | undefined

export interface Options {
  /** The personalization, as an imported JSON file or its text. Default: the variable `PERSONALIZATION`, else the built-in one. */
  personalization?: Personalization | string | undefined
  /** Variables and secrets, by the names of the Worker's. Default: `process.env`. */
  environment?: Record<string, string | undefined> | undefined
  /** A source of profiles, asked before the Activation API unless `PROFILE_SOURCES` names another order. */
  profile?: ProfileFunction | undefined
  /**
   * Where a request came from, for the rate of the decision endpoint. Default: `X-Real-IP`, else the last of
   * `X-Forwarded-For`. Whoever stands before this server must write what is read here.
   */
  address?: ((headers: Headers) => string) | undefined
}

/** The variables that have a meaning here. */
export const VARIABLES = [
  'ACTIVATION_API_URL',
  'ACTIVATION_DESTINATION_ID',
  'ACTIVATION_ENTITY',
  'ACTIVATION_ID_TYPE',
  'ACTIVATION_TOKEN',
  'DECISION_ID_PARAMETER',
  'DECISION_RATE',
  'EXPLAIN',
  'LOOKUP_BUDGET_MS',
  'PERSONALIZATION',
  'PROFILE_SOURCES',
  'PROFILE_VIEW',
  'PROFILE_VIEW_MATCH',
  'TICKET_KEYS',
] as const

type Environment = Record<string, string | undefined>

/** The process' environment, where there is one. */
export const ambient = (): Environment => (typeof process === 'object' ? process.env : {})

/** The variables of an environment that have a meaning here. */
export function known(environment: Environment): Environment {
  return Object.fromEntries(VARIABLES.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])))
}

/** The text of the personalization that runs. */
export function text(personalization: Options['personalization'], environment: Environment): string {
  if (typeof personalization === 'object') return JSON.stringify(personalization)
  // A blank variable counts as not set.
  return personalization ?? (environment.PERSONALIZATION?.trim() || builtIn)
}
