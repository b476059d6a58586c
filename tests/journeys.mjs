// The journeys of tests/journeys/ for the shells that JavaScript can run: what each brings, and whether what
// came of it is what must come of it. The tickets in them are sealed and opened by tests/ticket.mjs.

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

import { root } from '../scripts/project.mjs'
import { openTicket, sealTicket } from './ticket.mjs'

const folder = path.join(root, 'tests/journeys')
const shipped = await readFile(path.join(root, 'personalization.json'), 'utf8')
const files = (await readdir(folder)).filter((name) => name.endsWith('.json'))
const lists = files.map(async (file) =>
  JSON.parse(await readFile(path.join(folder, file), 'utf8')).map((journey) => ({
    environment: {},
    fetch: null,
    ...journey,
    title: `${path.parse(file).name}: ${journey.name}`,
  })),
)

/** All journeys; `title` is the file's name and the journey's. */
export const journeys = (await Promise.all(lists)).flat()

/** The text of the personalization.json that a journey runs with. */
export const personalizationOf = ({ personalization }) => (personalization ? JSON.stringify(personalization) : shipped)

/** The request of a journey, with the ticket that it brings, sealed for settings of this fingerprint. */
export function requestOf({ request, ticket, environment }, fingerprint) {
  const { method = 'GET', url, headers } = request
  if (!ticket) return { method, url, headers }
  const { id: i, fetched: t, attributes: a, until: u, written: c, variations: v, told: e } = ticket
  const sealed = sealTicket({ i, t, s: fingerprint, a, u, c, v, e }, environment.TICKET_KEYS)
  return { method, url, headers: { ...headers, cookie: `${headers.cookie}; pintle_ticket=${sealed}` } }
}

/** A page view of somebody whom no source knows: the ticket in its answer has the fingerprint of the settings. */
export const STRANGER = {
  method: 'GET',
  url: 'https://shop.example/',
  headers: { 'sec-fetch-dest': 'document', cookie: 'rl_anonymous_id=%22somebody%22' },
}

/** The fingerprint in the ticket of an answer. */
export const fingerprintIn = (setCookies, { environment }) =>
  openTicket(ticketIn(setCookies), environment.TICKET_KEYS).s

const TICKET = /^pintle_ticket=([^;]*)/
const ticketIn = (setCookies) => setCookies.map((cookie) => TICKET.exec(cookie)?.[1]).find(Boolean)

/** Asserts that an answer sets the cookies of the journey's plan: the ticket is judged by what is in it. */
export function assertSetCookies(setCookies, { environment, plan }) {
  const others = setCookies.filter((cookie) => !TICKET.test(cookie))
  assert.deepEqual(others, plan.setCookies ?? [])
  const sealed = ticketIn(setCookies)
  if (!sealed) return assert.equal(plan.ticket, undefined, 'no ticket was sealed')
  const { i, t, a, u, c = {}, v, e } = openTicket(sealed, environment.TICKET_KEYS)
  const until = u === undefined ? {} : { until: u }
  const variations = v === undefined ? {} : { variations: v }
  const told = e === undefined ? {} : { told: e }
  assert.deepEqual({ id: i, fetched: t, attributes: a, ...until, written: c, ...variations, ...told }, plan.ticket)
}

/** Asserts that `Server-Timing` explains what the plan explains, by whichever source and in whatever time. */
export function assertServerTiming(header, { plan }) {
  const plain = (text) => text?.replace(/;dur=\d+/g, '').replace(/desc="found in [\w-]+"/, 'desc="found"')
  assert.equal(plain(header ?? undefined), plain(plan.serverTiming))
}

/** Whether the answer is one for this visitor alone, which no shared cache may keep. */
export const isForOneVisitor = ({ plan }) => Boolean(plan.setCookies || plan.ticket || plan.serverTiming)

/** The reply to a question by which a lookup ends so; nothing when the time is over first. */
export function replyTo({ transport }, lookup, { personalization }) {
  if (lookup.failed) return undefined
  const view = personalization?.view ?? 'WEB_PERSONALIZATION:FEATURES_BY_ANON'
  const data = lookup.found && { [view]: lookup.found }
  if (transport === 'http') return { status: 200, body: JSON.stringify({ data: data ?? {} }) }
  const value = transport === 'kv' ? data : lookup.found
  return { value: value && JSON.stringify(value) }
}
