// What is wrong with the feed: with what people are made of and who may send events, which the feed's module knows, and with
// the Durable Objects that people are kept in, as a Worker's configuration has them.

import type { Mistake } from '../core/check.js'
import type { CheckFeed } from './feed.js'
import type { Variables } from './input.js'
import type { Judged } from './judge.js'
import { list } from './output.js'
import type { Surroundings } from './surroundings.js'

/** Sections and variables that the feed alone reads. */
const SECTIONS = ['profile', 'identity']
const VARIABLES = ['WRITE_KEYS', 'WEBHOOK_SECRET', 'INGEST_PATH', 'RUDDER_DATA_PLANE_URL']
/** Those that let somebody send events. */
const SENDERS = ['WRITE_KEYS', 'WEBHOOK_SECRET']

const isSet = (environment: Variables, name: string) => Boolean(environment[name]?.trim())

/** Whether there is anything of the feed in them. */
export function hasFeed(text: string, environment: Variables = {}): boolean {
  const isDeclared = [text, environment.PERSONALIZATION ?? ''].some(declares)
  return isDeclared || asksPeople(environment) || VARIABLES.some((name) => isSet(environment, name))
}

const asksPeople = ({ PROFILE_SOURCES: asked = '' }: Variables) =>
  asked.split(',').some((source) => source.trim() === 'people')

function declares(text: string): boolean {
  try {
    const document: unknown = JSON.parse(text)
    return typeof document === 'object' && document !== null && SECTIONS.some((name) => name in document)
  } catch {
    return false
  }
}

/** Judges the feed's part; `sources` are those that somebody brings. */
export function judgeFeed(
  text: string,
  environment: Variables | undefined,
  sources: string[],
  found: Surroundings | undefined,
  check: CheckFeed,
): Judged {
  // Without an environment nothing can be said of what it may bring.
  if (!environment) return { mistakes: check(text, { PROFILE_VIEW: 'unseen' }), notes: [] }
  const senders = SENDERS.filter((name) => isSet(environment, name))
  // What nobody feeds is in no view.
  const view: Variables = senders.length > 0 ? {} : { PROFILE_VIEW: 'unseen' }
  const { PERSONALIZATION: other, ...rest }: Variables = { ...view, ...environment }
  const others = other?.trim() ? check(other, rest) : []
  const inOther = others.filter(({ at }) => at.startsWith('$'))
  const mistakes = [...check(text, rest), ...inOther.map(({ at, what }) => ({ at: `PERSONALIZATION ${at}`, what }))]
  const wanted = [
    ...(asksPeople(environment) ? ['PROFILE_SOURCES names `people`'] : []),
    ...(senders.length > 0 ? [`${senders[0]} is set`] : []),
  ]
  const objects = found?.people ? ofObjects(found.people, sources.includes('people') ? [] : wanted, senders) : []
  return {
    mistakes: [...mistakes, ...objects],
    notes: [...unfed(text, senders, sources, found), ...untabled(text, sources, found)],
  }
}

/** Both parts' mistakes, each once: what the feed says of a place is more exact than what the pages' part says. */
export function together(pages: Judged, feed: Judged): Judged {
  const told = new Set(feed.mistakes.map(({ at }) => at))
  const rest = pages.mistakes.filter(({ at }) => !told.has(at))
  return { mistakes: [...rest, ...feed.mistakes], notes: [...pages.notes, ...feed.notes] }
}

type People = NonNullable<Surroundings['people']>

/** What is wrong with the objects. `lacking` is why they must be bound, where they are not. */
function ofObjects(people: People, lacking: string[], senders: string[]): Mistake[] {
  const { main, className, isMade } = people
  const mistakes: Mistake[] = []
  if (lacking.length > 0) {
    const what = `the Durable Objects are not bound, and ${list(lacking)}; ${add(people, true)}`
    mistakes.push({ at: 'PEOPLE', what })
  }
  const isPages = main !== undefined && /(^|\/)pintle\/(worker|dist\/worker\.mjs)$/.test(main)
  if (isPages && (className !== undefined || senders.length > 0)) {
    const why = className === undefined ? 'takes no events' : `has no class ${className}, which PEOPLE is bound to`
    const feed = main.replace(/worker$/, 'worker/feed').replace(/worker\.mjs$/, 'worker_feed.mjs')
    mistakes.push({
      at: 'main',
      what: `${JSON.stringify(main)} is for pages alone and ${why}: it must be ${JSON.stringify(feed)}`,
    })
  }
  if (className !== undefined && !isMade) {
    const what = `none makes the class ${className}, which PEOPLE is bound to, with SQLite; ${add(people, false)}`
    mistakes.push({ at: 'migrations', what })
  }
  return mistakes
}

/** What is to be added to a configuration, in its own format. */
function add({ file, environment, className = 'Person', isMade }: People, isUnbound: boolean): string {
  const bindings = [{ name: 'PEOPLE', class_name: className }]
  const migrations = [{ tag: 'people', new_sqlite_classes: [className] }]
  const within = environment === undefined ? '' : `env.${environment}.`
  const lines = file.endsWith('.toml')
    ? [
        ...(isUnbound
          ? [`[[${within}durable_objects.bindings]]`, 'name = "PEOPLE"', `class_name = "${className}"`]
          : []),
        ...(isMade ? [] : ['[[migrations]]', 'tag = "people"', `new_sqlite_classes = ["${className}"]`]),
      ]
    : [
        ...(isUnbound ? [`"durable_objects": ${JSON.stringify({ bindings })},`] : []),
        ...(isMade ? [] : [`"migrations": ${JSON.stringify(migrations)},`]),
      ]
  return [`add to ${file}:`, ...lines].join('\n  ')
}

/** What is said when people are declared, and nothing here brings events. */
function unfed(text: string, senders: string[], sources: string[], found: Surroundings | undefined): string[] {
  if (found?.kind !== 'worker' || senders.length > 0 || !declares(text)) return []
  const why = found.isAll ? '' : ' here'
  return [
    sources.includes('people')
      ? `WRITE_KEYS and WEBHOOK_SECRET are not set${why}: without one of them nobody may send the events that \`profile\` is made of; \`npx wrangler secret put WRITE_KEYS\` puts one to Cloudflare, and \`npx wrangler dev\` needs it in .dev.vars`
      : '`profile` is declared, and nothing feeds it: that takes WRITE_KEYS or WEBHOOK_SECRET, and the Durable Objects PEOPLE bound',
  ]
}

/** What is said when something is recommended by a table, and there is no KV that it could be in. */
function untabled(text: string, sources: string[], found: Surroundings | undefined): string[] {
  if (found?.kind !== 'worker' || sources.includes('kv') || !declares(text)) return []
  const { profile } = JSON.parse(text) as { profile?: Record<string, unknown> }
  const of = Object.entries(profile ?? {}).filter(([, feature]) => Object(feature).recommend !== undefined)
  return of.map(([name]) => `\`${name}\` is recommended by a table in KV, and the namespace PROFILES is not bound`)
}
