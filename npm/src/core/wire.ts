// What crosses into the core and out of it, as JSON: the shapes of src/boundary/wire.rs and profile/lookup.rs.

/** What is to be carried, by transport. */
export type Ask =
  | { transport: 'http'; url: string; headers: [name: string, value: string][]; body: string }
  | { transport: 'kv'; key: string }
  | { transport: 'object'; name: string }
  | { transport: 'function'; id: string }
  | { transport: 'socket'; host: string; port: number; tls: boolean; text: string; replies: number }

/** What happens next in a lookup; without an `ask`, the reply that is on its way is waited for. */
export interface Step {
  ask?: Ask
  waitMs: number
  /** How much of the reply is read at the most. */
  readBytes: number
}

/**
 * What was brought back: an HTTP answer, a text that stands somewhere or nothing, what came over a socket, or why nothing
 * could be carried.
 */
export type Reply =
  | { status: number; body: string }
  | { value: string | undefined }
  | { bytes: Uint8Array }
  | { failed: string }

/** What is done to the headers of a response. */
export type HeaderEdit = [what: 'set' | 'append', name: string, value: string]

/** A whole answer. */
export interface Answer {
  status: number
  headers: [name: string, value: string][]
  body: string
}

/** A profile to be written to KV. */
export interface Keep {
  key: string
  value: string
  expirationTtl: number
}

/** All that is to be done to a response, and after it. */
export interface Plan {
  /** Whether no shared cache may keep the response. */
  private: boolean
  headers: HeaderEdit[]
  /** What was decided, for a page that asks. */
  decisions?: Record<string, unknown>
  /** What would be done, and why. */
  explained?: {
    visitor: string
    lookup: string | null
    decisions: [feature: string, value: unknown, reason: string][]
    redirects: string[]
    cookies: string[]
    setCookies: string[]
  }
  /** The header that tells the page's own server. */
  forwarded?: string
  /** What is answered instead of a page: by an endpoint, or where the visitor is sent to another address. */
  answer?: Answer
  keep?: Keep
  /** Whether something is still to be looked up after the response. */
  later: boolean
  /** Events for RudderStack, but for their times: what the visitor was shown. */
  exposures?: Record<string, unknown>[]
  log: string[]
}

/** What shell and core agree on. */
export interface Contract {
  /** What the names of our own headers begin with. */
  ownHeaders: string
  decisionsHeader: string
  /** What the paths of our own endpoints begin with. */
  paths: string
  sharedCacheHeaders: string[]
  /** The variables that have a meaning. */
  variables: string[]
}

/** What a shell is: the sources that it brings, and what it does with a plan. */
export interface ShellKind {
  brings: string[]
  /** The names of all variables that there are. */
  names?: string[]
  delivers: 'response' | 'decisions' | 'ahead' | 'explanation'
}

/** What is wrong, and where: a JSON path of personalization.json, or the name of a variable. */
export interface Mistake {
  at: string
  what: string
}
