// The journeys and sessions of tests/journeys/ through the wasm build, on a clock of the test's own.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Jar } from '../cookie_jar.mjs'
import {
  assertSetCookies,
  fingerprintIn,
  isForOneVisitor,
  journeys,
  personalizationOf,
  replyTo,
  requestOf,
  STRANGER,
} from '../journeys.mjs'
import { assertPage, pagesOf, replyOf, requestOfPage, sessions, VARIABLES } from '../sessions.mjs'
import { incoming, instantiate, visitOf } from './core.mjs'

const { Pintle } = await instantiate()
const SHELL = '{"brings":["kv"],"delivers":"decisions"}'
const WITH_PEOPLE = '{"brings":["kv","people"],"delivers":"decisions"}'
const read = (json) => (json === undefined ? undefined : JSON.parse(json))

/** Hands a reply in by the way of its transport. */
function replied(visit, reply, nowMs) {
  if (!reply) return visit.ranOut(nowMs)
  return 'status' in reply
    ? visit.repliedHttp(reply.status, reply.body, nowMs)
    : visit.repliedValue(reply.value ?? undefined, nowMs)
}

function run(journey) {
  const { environment, now, fetch, lookup, plan: expected } = journey
  const pintle = new Pintle(personalizationOf(journey), JSON.stringify(environment), SHELL)
  const places = (read(pintle.mistakes()) ?? []).map(({ at }) => at)
  assert.deepEqual(places, journey.mistakes ?? [])
  const nowMs = now * 1000
  /** What is decided when every question is replied to as the lookup ended; and what was asked. */
  const answer = (request, outcome) => {
    const visit = visitOf(pintle, incoming(request), nowMs)
    const asked = []
    for (let step = read(visit?.next(nowMs)); step; ) {
      asked.push(step.ask.key.split(':').at(-1))
      step = read(replied(visit, replyTo(step.ask, outcome, journey), nowMs))
    }
    return { plan: read(visit?.respond(undefined, nowMs)), asked, visit }
  }
  const fingerprint = () => fingerprintIn(cookiesOf(answer(STRANGER, 'missing').plan), journey)
  const request = requestOf(journey, journey.ticket && fingerprint())
  if (fetch?.when === 'after' && lookup !== 'not asked') {
    // What the lookup brings was asked for after an earlier page.
    const { visit } = answer(request, 'missing')
    const step = read(visit.next(nowMs))
    replied(visit, replyTo(step.ask, lookup, journey), nowMs)
  }
  const { plan, asked } = answer(request, lookup)
  assert.deepEqual(asked, fetch?.when === 'before' ? [fetch.id] : [])
  assertSetCookies(cookiesOf(plan), journey)
  assert.deepEqual(plan?.decisions ?? {}, expected.decisions ?? {})
  assert.equal(Object.fromEntries(plan?.answer?.headers ?? []).location, expected.redirect)
  const timing = plan?.headers.find(([, name]) => name === 'server-timing')
  assert.equal(timing?.[2], expected.serverTiming)
  assert.equal(plan?.private ?? false, isForOneVisitor(journey))
}

/** Every `Set-Cookie` line of all journeys and sessions. */
const written = new Set()

function cookiesOf(plan) {
  const lines = (plan?.headers ?? []).filter(([, name]) => name === 'set-cookie').map(([, , value]) => value)
  for (const line of lines) written.add(line)
  return lines
}

for (const journey of journeys) test(`through wasm: ${journey.title}`, () => run(journey))

function runSession(session) {
  const pintle = new Pintle(
    personalizationOf(session),
    JSON.stringify({ ...VARIABLES, ...session.environment }),
    WITH_PEOPLE,
  )
  const jars = new Map()
  let nowMs = 1_800_000_000_000
  for (const page of pagesOf(session)) {
    nowMs += page.later
    const came = { asked: [], kept: undefined, log: [], cookies: [] }
    const replies = [...page.replies]
    let flight
    /** Carries a step on the clock: the reply, or nothing when the time is over first. */
    const carried = ({ ask, waitMs }, clock) => {
      if (ask) {
        const { source, reply, afterMs } = replyOf(ask, replies.shift(), clock.nowMs)
        came.asked.push(source)
        flight = { reply, atMs: clock.nowMs + afterMs }
      }
      const untilMs = clock.nowMs + waitMs
      const isThere = flight && flight.atMs <= untilMs
      clock.nowMs = isThere ? Math.max(flight.atMs, clock.nowMs) : untilMs
      return isThere ? flight.reply : undefined
    }
    const drive = (visit, clock) => {
      for (let step = read(visit.next(clock.nowMs)); step; ) {
        const reply = carried(step, clock)
        step = read(replied(visit, reply, clock.nowMs))
      }
    }
    const visit = visitOf(pintle, incoming(requestOfPage(page, jars)), nowMs)
    const clock = { nowMs }
    if (visit) drive(visit, clock)
    came.waited = clock.nowMs - nowMs
    nowMs = clock.nowMs
    const plan = read(visit?.respond(undefined, nowMs))
    came.cookies = cookiesOf(plan)
    const note = (told) => {
      came.log.push(...(told?.log ?? []))
      if (told?.keep) came.kept = JSON.parse(told.keep.value)
    }
    note(plan)
    if (plan?.later) {
      drive(visit, { nowMs })
      note(read(visit.rest()))
    }
    assertPage(page, came, jars)
  }
}

for (const session of sessions) test(`through wasm: session: ${session.name}`, () => runSession(session))

test('through wasm: every Set-Cookie line of these is read by another parser as it was meant', async () => {
  assert.ok(written.size > 20, `${written.size} lines`)
  for (const line of written) {
    const jar = new Jar()
    const { key, value, maxAge } = await jar.take(line)
    assert.equal(await jar.header(), maxAge > 0 ? `${key}=${value}` : '', line)
  }
})
