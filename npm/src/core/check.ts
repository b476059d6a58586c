// The core as the command calls it: checking, reading and explaining apart from any request.

import { Core } from './core.js'
import { instance } from './instance.js'
import type { Mistake, ShellKind } from './wire.js'

export type { Mistake } from './wire.js'

/** Settings that cannot run, with everything that is wrong with them. */
export class Mistakes extends Error {
  override readonly name = 'Mistakes'
  readonly mistakes: Mistake[]

  constructor(mistakes: Mistake[]) {
    super(mistakes.map(({ at, what }) => `${at}: ${what}`).join('\n'))
    this.mistakes = mistakes
  }
}

/** What is decided and why. */
export interface Explained {
  visitor: string
  lookup: string | null
  decisions: { feature: string; value: unknown; reason: string }[]
  redirects: string[]
  cookies: string[]
  setCookies: string[]
}

type Environment = Record<string, string | undefined>

/** All that is wrong with the text of a personalization.json. */
export function checkPersonalization(text: string): Mistake[] {
  return JSON.parse(instance().enter((glue) => glue.checkPersonalization(text)))
}

/** All that is wrong with a personalization.json and an environment together. */
export function checkSettings(personalization: string, environment: Environment, brings: string[] = []): Mistake[] {
  return new Core(personalization, environment, { brings, delivers: 'response' }).mistakes()
}

/** The attributes in the text of a personalization.json that were probably meant to be others. */
export function misnamed(personalization: string): { name: string; meant: string }[] {
  return JSON.parse(instance().enter((glue) => glue.misnamed(personalization)))
}

/** The names among those of an environment that were meant to be a variable of ours. */
export function misspelt(names: string[]): { name: string; meant: string }[] {
  return JSON.parse(instance().enter((glue) => glue.misspelt(JSON.stringify(names))))
}

/** The version that runs. */
export function version(): string {
  return instance().enter((glue) => glue.version())
}

/** The anonymous id in the value of a cookie `rl_anonymous_id`, or why there is none. */
export function readAnonymousId(cookieValue: string): { id: string } | { reason: string } {
  return JSON.parse(instance().enter((glue) => glue.readAnonymousId(cookieValue)))
}

/**
 * What would be decided about a request, and why. `profile` is what the lookup would bring: `null` when no source knows
 * the visitor. Throws `Mistakes` when the settings cannot run.
 */
export function explain(
  personalization: string,
  environment: Environment,
  request: { url: string; method?: string; headers: Record<string, string> },
  profile: Record<string, unknown> | null,
  nowMs: number,
): Explained {
  const shell: ShellKind = { brings: ['function'], delivers: 'explanation' }
  const core = new Core(personalization, environment, shell, () => nowMs)
  const mistakes = core.mistakes()
  if (mistakes.length > 0) throw new Mistakes(mistakes)
  const visit = core.identify({ method: 'GET', ...request, headers: new Headers(request.headers) })
  if (visit?.next()) visit.replied({ value: profile ? JSON.stringify(profile) : undefined })
  const explained = visit?.respond()?.explained
  if (!explained) throw new Error('the core explains nothing')
  const decisions = explained.decisions.map(([feature, value, reason]) => ({ feature, value, reason }))
  return { ...explained, decisions }
}
