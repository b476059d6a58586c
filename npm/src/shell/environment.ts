// The environment of a site: which variables have a meaning here, and the personalization that runs.

/** The variables that have a meaning here. */
const VARIABLES = [
  'ACTIVATION_API_URL',
  'ACTIVATION_DESTINATION_ID',
  'ACTIVATION_ENTITY',
  'ACTIVATION_ID_TYPE',
  'ACTIVATION_TOKEN',
  'DECISION_ID_PARAMETER',
  'DECISION_RATE',
  'EXPLAIN',
  'LOOKUP_BUDGET_MS',
  'ORIGIN_URL',
  'PERSONALIZATION',
  'PROFILE_KEPT_S',
  'PROFILE_SOURCES',
  'PROFILE_VIEW',
  'PROFILE_VIEW_MATCH',
  'TICKET_KEYS',
] as const

type Environment = Record<string, unknown>

/** The process' environment, where there is one. */
export const ambient = (): Record<string, string | undefined> => (typeof process === 'object' ? process.env : {})

/** The variables of an environment that have a meaning here. */
export function known(environment: Environment): Record<string, string> {
  const texts = VARIABLES.flatMap((name) => {
    const value = environment[name]
    return typeof value === 'string' && value ? [[name, value]] : []
  })
  return Object.fromEntries(texts)
}

/** The text of the personalization that runs: the given one, else the variable's. A blank variable counts as not set. */
export function text(personalization: unknown, { PERSONALIZATION }: Environment): string | undefined {
  const given = personalization ?? (typeof PERSONALIZATION === 'string' ? PERSONALIZATION.trim() || undefined : undefined)
  return given === undefined || typeof given === 'string' ? given : JSON.stringify(given)
}
