// Options as users write them: a personalization, an environment, and a function that knows profiles. These types are in
// the package's own declarations, so they lead to nothing that only its bundlers find.

/** What a personalization.json holds: features in GrowthBook's format, and how their values are delivered. */
export interface Personalization {
  $schema?: string
  /** The view of the profile whose features decide, such as `WEB_PERSONALIZATION:FEATURES_BY_ANON`. */
  view?: string
  /** What the feed makes profiles of; pages do not read it. */
  profile?: Record<string, Record<string, unknown>>
  /** By which ids the feed knows people, and whom it believes who somebody is; pages do not read it. */
  identity?: {
    trust?: 'browser' | 'server' | 'warehouse'
    ids?: Record<string, { maximum?: number; filters?: { type: string; regex?: string; value?: string }[] }>
  }
  /** The attributes of a visitor's profile that `GET /_pintle/recommendations` tells their page, as they are. */
  recommendations?: string[]
  /** By key: GrowthBook features. */
  features: Record<string, { defaultValue?: unknown; rules?: Record<string, unknown>[]; [member: string]: unknown }>
  /** Which decisions leave the edge, in which cookie, and as which trait of the visitor RudderStack is told of them. */
  deliver: { feature: string; cookie: { name: string; maxAge: string }; track?: string }[]
  savedGroups?: Record<string, unknown[]>
  /** GrowthBook's experiments of pages: whoever is given a variation with a `urlRedirect` is sent there. */
  experiments?: Record<string, unknown>[]
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

/** Brings the personalization that is published, if one is. `signal` aborts when that takes too long. */
export type PersonalizationFunction = (context: {
  signal: AbortSignal
}) => Promise<Personalization | string | undefined> | Personalization | string | undefined

export interface Options {
  /**
   * The personalization, as an imported JSON file or its text. Default: the variable `PERSONALIZATION`, else the built-in one.
   * A function brings what is published: it is asked at the beginning and every half minute, in nobody's way; `undefined`
   * means that nothing is, and then and until it has answered the default runs.
   */
  personalization?: Personalization | string | PersonalizationFunction | undefined
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
