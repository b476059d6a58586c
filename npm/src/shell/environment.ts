// The environment of a site: its variables by name, and the personalization that runs.

/** Variables, secrets and bindings by name. */
export type Environment = Readonly<Record<string, unknown>>

/** Whether a variable is set: one that is blank says nothing. */
export const isSet = (variable: unknown): variable is string => typeof variable === 'string' && variable.trim() !== ''

/** The process' environment, where there is one. */
export const ambient = (): Record<string, string | undefined> => (typeof process === 'object' ? process.env : {})

/** What runtimes of the kind that Next.js has on the edge call themselves. */
declare const EdgeRuntime: string | undefined

/** Whether this is Cloudflare's runtime. */
const isWorkerd = (): boolean => typeof navigator === 'object' && navigator.userAgent === 'Cloudflare-Workers'

/**
 * What a question is asked with that nobody answers out of a cache: Next.js 14 keeps what routes fetch, even what was
 * posted, unless it is told not to, beyond a restart. workerd may know no such option.
 */
export const uncached = (): { cache?: 'no-store' } => (isWorkerd() ? {} : { cache: 'no-store' })

/**
 * Whether this is a process, such as Node.js', and not an isolate, where nothing may happen before the first request. An
 * isolate may have things of Node.js', too; and Next.js warns of whoever looks for its version.
 */
export const isProcess = (): boolean => typeof process === 'object' && typeof EdgeRuntime !== 'string' && !isWorkerd()

/** The variables by these names that are there. */
export function variables(environment: Environment, names: string[]): Record<string, string> {
  const texts = names.flatMap((name) => {
    const value = environment[name]
    return typeof value === 'string' && value ? [[name, value]] : []
  })
  return Object.fromEntries(texts)
}

/** The text of the personalization that runs: the given one, else the variable's. A blank variable counts as not set. */
export function text(personalization: unknown, { PERSONALIZATION }: Environment): string | undefined {
  const own = typeof PERSONALIZATION === 'string' ? PERSONALIZATION.trim() || undefined : undefined
  const given = personalization ?? own
  return given === undefined || typeof given === 'string' ? given : JSON.stringify(given)
}

/**
 * `ORIGIN_URL` where it is plainly one: the core is more exact about it, but a site whose core cannot be started is
 * still served from there.
 */
export function plainOrigin({ ORIGIN_URL }: Environment): string | undefined {
  try {
    const { protocol, origin, pathname, username, password, search, hash } = new URL(String(ORIGIN_URL ?? ''))
    const isPlain = /^https?:$/.test(protocol) && !(username || password || search || hash)
    return isPlain ? origin + pathname.replace(/\/+$/, '') : undefined
  } catch {
    return undefined
  }
}
