// What fails in the shell itself, in the log: the first of each kind in a minute, as the core tells of its sources.

const QUIET_MS = 60_000
/** How many kinds are told apart; more make it tell some again. */
const KINDS = 64

const toldMs = new Map<string, number>()

/** Says `what` in the log, and the error, unless the same was said within the minute. */
export function tell(what: string, error?: unknown): void {
  const kind = error === undefined ? what : `${what} ${error}`
  const nowMs = Date.now()
  const at = toldMs.get(kind)
  if (at !== undefined && nowMs - at < QUIET_MS) return
  if (toldMs.size >= KINDS) toldMs.clear()
  toldMs.set(kind, nowMs)
  if (error === undefined) console.error(what)
  else console.error(what, error)
}

/** Says that a page is served as it would be without us. */
export function withoutPintle(error: unknown): undefined {
  tell('pintle: a page is served without personalization:', error)
}
