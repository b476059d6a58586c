// What is wrong with a personalization and with what it runs with, and what else is worth saying. The core finds the
// mistakes; here it is decided what may be right where it cannot be seen.

import { checkPersonalization, checkSettings, type Mistake, misnamed, misspelt } from '../core/check.js'
import { contract } from '../core/core.js'
import type { Personalization } from '../shell/options.js'
import type { Variables } from './input.js'
import type { Surroundings } from './surroundings.js'

type Kind = Surroundings['kind']

export interface Judged {
  mistakes: Mistake[]
  notes: string[]
}

/** Something that may be there without being seen, and what is said when all is right only with it. */
interface Unseen {
  variables: Variables
  sources: string[]
  note: string
}

const UNSEEN: Record<Kind, Unseen[]> = {
  worker: [
    {
      variables: { ACTIVATION_TOKEN: 'unseen' },
      sources: [],
      note: 'ACTIVATION_TOKEN is not set here, and taken for a secret at Cloudflare: `npx wrangler secret put ACTIVATION_TOKEN` puts it there, and `npx wrangler dev` needs it in .dev.vars',
    },
  ],
  next: [
    {
      variables: {},
      sources: ['function'],
      note: 'no source of profiles is set here: it is taken to be `profile` of createMiddleware, or ACTIVATION_TOKEN with your host',
    },
    {
      variables: { ACTIVATION_TOKEN: 'unseen' },
      sources: [],
      note: 'ACTIVATION_TOKEN is not set here, and taken to be with your host: `next dev` needs it in .env.local',
    },
  ],
}

/** Where a key is put for this machine, and where else. */
const KEEPS_KEYS: Record<Kind, string> = {
  worker:
    '`echo "TICKET_KEYS=$(npx pintle keygen)" >> .dev.vars` makes one for `npx wrangler dev`, `npx pintle keygen | npx wrangler secret put TICKET_KEYS` one for Cloudflare',
  next: '`echo "TICKET_KEYS=$(npx pintle keygen)" >> .env.local` makes one for this machine; your host needs one, too',
}

/** Judges a personalization by itself, or with the variables and sources that are known. */
export function judge(
  text: string,
  environment: Variables | undefined,
  sources: string[],
  found: Surroundings | undefined,
): Judged {
  const strange = misnamed(text).map(
    ({ name, meant }) =>
      `the attribute ${name} is neither declared in \`profile\` nor seen of a request: did you mean \`${meant}\`? If it is a feature of your view or a trait, all is well`,
  )
  const pages = (mistakes: Mistake[]) => (mistakes.length > 0 ? [] : undelivered(text))
  if (!environment) {
    const mistakes = checkPersonalization(text)
    return { mistakes, notes: [...strange, ...pages(mistakes)] }
  }
  const { mistakes, notes } = withUnseen(text, environment, sources, found?.isAll ? undefined : found?.kind)
  const names = [...Object.keys(environment), ...(found?.others ?? [])]
  return {
    mistakes: [...unmeant(names), ...noTexts(found?.others ?? []), ...mistakes],
    notes: [...strange, ...pages(mistakes), ...notes, ...advice(environment, found)],
  }
}

/** Experiments of pages that nobody is sent anywhere by: GrowthBook serves them in one list with those that redirect. */
function undelivered(text: string): string[] {
  const { experiments = [] } = JSON.parse(text) as Personalization
  return experiments.flatMap(({ key, variations, urlPatterns }, index) => {
    const isRedirect = Array.isArray(variations) && variations.some((variation) => variation?.urlRedirect !== undefined)
    if (isRedirect && urlPatterns) return []
    const why = isRedirect ? 'it has no urlPatterns' : 'none of its variations has a urlRedirect'
    return `$.experiments[${index}] (${key}): ${why}, so nobody is sent anywhere; what it changes of a page, GrowthBook's own script in the page does`
  })
}

/** What is missing is no mistake where it may be set and not be seen. */
function withUnseen(text: string, environment: Variables, sources: string[], kind: Kind | undefined): Judged {
  const mistakes = within(text, environment, sources)
  for (const unseen of kind ? UNSEEN[kind] : []) {
    if (Object.keys(unseen.variables).some((name) => environment[name]?.trim())) continue
    const left = within(text, { ...environment, ...unseen.variables }, [...sources, ...unseen.sources])
    if (left.length < mistakes.length) return { mistakes: left, notes: [unseen.note] }
  }
  return { mistakes, notes: [] }
}

/** A Worker runs the file that `PERSONALIZATION` holds instead of the one that was built in. */
function within(text: string, environment: Variables, sources: string[]): Mistake[] {
  const { PERSONALIZATION: other, ...rest } = environment
  const others = other?.trim() ? checkPersonalization(other) : []
  return [
    ...checkSettings(text, rest, [...sources, 'redis']),
    ...others.map(({ at, what }) => ({ at: `PERSONALIZATION ${at}`, what })),
  ]
}

const unmeant = (names: string[]): Mistake[] =>
  misspelt(names).map(({ name, meant }) => ({ at: name, what: `is not known; did you mean ${meant}?` }))

function noTexts(names: string[]): Mistake[] {
  const known = contract().variables
  return names
    .filter((name) => known.includes(name))
    .map((at) => ({ at, what: 'must be a text, in quotes: what is not one, the Worker takes for not set' }))
}

function advice({ TICKET_KEYS, PERSONALIZATION }: Variables, found: Surroundings | undefined): string[] {
  const here = found && !found.isAll ? ' here' : ''
  const mend = found ? KEEPS_KEYS[found.kind] : '`npx pintle keygen` makes a key'
  const notes = []
  if (!TICKET_KEYS) notes.push(`TICKET_KEYS is not set${here}: every page view looks its visitor up; ${mend}`)
  if (PERSONALIZATION) notes.push('PERSONALIZATION is set: a Worker runs what it holds, and not this file')
  return notes
}
