// The sessions of tests/journeys/sessions/ for whoever JavaScript can run: page views one after another, what each source
// replies and when, and whether what came of it is what must come of it.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { root } from '../scripts/project.mjs'

const folder = path.join(root, 'tests/journeys/sessions')
export const VIEW = 'WEB_PERSONALIZATION:FEATURES_BY_ANON'
const COOKIE = 'rs_activation_signed_up'

/** What every session's site has. */
export const VARIABLES = { ACTIVATION_DESTINATION_ID: 'of-the-tests', ACTIVATION_TOKEN: 'of-the-tests' }

const files = ['lookups.json', 'windows.json'].map((name) => readFile(path.join(folder, name), 'utf8'))
export const sessions = (await Promise.all(files))
  .flatMap((text) => JSON.parse(text))
  .map((session) => ({ environment: {}, ...session }))

/** Whether a session has no waiting of its own, that a test on a real clock would have to sit through. */
export const isShort = ({ pages }) =>
  pages.every(({ later = 0, replies }) => later <= 1_000 && replies.every(({ after = 0 }) => after <= 1_000))

/** The page views of a session, one by one. */
export function pagesOf({ pages }) {
  return pages.flatMap(({ times = 1, visitor = '', ...page }) =>
    Array.from({ length: times }, (_, time) => ({
      ...page,
      later: time === 0 ? (page.later ?? 0) : 0,
      // What is told is told once a minute.
      log: time === 0 ? (page.log ?? []) : [],
      visitor: visitor === 'each' ? String(time) : visitor,
    })),
  )
}

/** A page view of a visitor, with the cookies that their browser has. */
export function requestOfPage({ visitor }, jars) {
  if (!jars.has(visitor)) jars.set(visitor, new Map([['rl_anonymous_id', `%22visitor-${visitor}%22`]]))
  const cookie = [...jars.get(visitor)].map((pair) => pair.join('=')).join('; ')
  return { method: 'GET', url: 'https://shop.example/', headers: { 'sec-fetch-dest': 'document', cookie } }
}

/** What is replied to a question, and after how many milliseconds. `LONG` stands for a text that fits into no cookie. */
export function replyOf({ transport }, told, nowMs = Date.now()) {
  // What stands in a session for KV is a function where there is none.
  const source = { http: 'api', object: 'people' }[transport] ?? 'kv'
  assert.ok(told && source in told, `${source} is asked, and has no reply`)
  const said = told[source]
  if (said === 'never') return { source, afterMs: Number.POSITIVE_INFINITY }
  return { source, reply: replied(transport, said, laterThan(told.later, nowMs)), afterMs: told.after ?? 0 }
}

/** What changes with time alone; a session tells it in milliseconds from the question on. */
function laterThan(told, nowMs) {
  if (!told) return {}
  const { steps = {}, since = {} } = told
  const each = (times, at) => Object.fromEntries(Object.entries(times).map(([name, told]) => [name, at(told)]))
  const later = {
    steps: each(steps, (steps) => steps.map(([ms, ...value]) => (ms === undefined ? [] : [nowMs + ms, ...value]))),
    since: each(since, (ms) => nowMs + ms),
  }
  return { 'pintle:later': later }
}

const long = (features) => JSON.parse(JSON.stringify(features).replace('LONG', 'x'.repeat(3_000)))
const data = (features, later) => (features ? { [VIEW]: long(features), ...later } : {})

function replied(transport, said, later) {
  if (transport === 'http')
    return { status: said.status, body: said.body ?? JSON.stringify({ data: data(said.data, later) }) }
  if (said === null) return { value: undefined }
  return { value: JSON.stringify(transport === 'function' ? long(said) : data(said, later)) }
}

/** Asserts what came of a page, and keeps the cookies: `{ asked, waited, cookies, kept, log }`, as much as can be known. */
export function assertPage(page, came, jars) {
  const jar = jars.get(page.visitor)
  const set = new Map()
  for (const line of came.cookies) {
    const [, name, value] = /^([^=]*)=([^;]*)/.exec(line)
    const isRemoved = /; Max-Age=0\b/.test(line)
    set.set(name, isRemoved ? undefined : value)
    if (isRemoved) jar.delete(name)
    else jar.set(name, value)
  }
  assert.deepEqual(came.asked, page.asked, 'asked')
  assert.equal(set.get(COOKIE), page.cookie, 'cookie')
  if (page.ticket) assert.equal(set.get('pintle_ticket') ? 'written' : 'removed', page.ticket)
  if (page.waited !== undefined && came.waited !== undefined) assert.equal(came.waited, page.waited, 'waited')
  if ('kept' in came) assert.deepEqual(came.kept, page.kept && { [VIEW]: page.kept }, 'kept')
  for (const part of page.log)
    assert.ok(
      came.log.some((line) => line.includes(part)),
      `${part} in ${came.log}`,
    )
}
