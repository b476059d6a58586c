// The journeys of tests/journeys/ through the wasm build. The tickets in them are sealed and opened here by
// Node's own crypto: an independent implementation of the format that src/identity/ticket.rs tells.

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { openTicket, sealTicket } from '../ticket.mjs'
import { incoming, instantiate } from './core.mjs'

const { Pintle } = await instantiate()
const folder = path.join(root, 'tests/journeys')
const shipped = await readFile(path.join(root, 'personalization.json'), 'utf8')
const TICKET = /^pintle_ticket=([^;]*)/

/** The fingerprint of the settings, from a ticket that the module seals for somebody. */
function fingerprint(pintle, key, now) {
  const headers = { 'sec-fetch-dest': 'document', cookie: 'rl_anonymous_id=%22somebody%22' }
  const request = incoming({ url: 'https://shop.example/', headers })
  const plan = JSON.parse(pintle.identify(request, now * 1000).respond('"missing"'))
  return openTicket(plan.setCookies.map((cookie) => TICKET.exec(cookie)?.[1]).find(Boolean), key).s
}

function run(journey) {
  const { environment = {}, personalization, now, request, ticket, fetch = null, lookup, plan: expected } = journey
  const text = personalization ? JSON.stringify(personalization) : shipped
  const pintle = new Pintle(text, JSON.stringify(environment), '["kv"]')
  const key = environment.TICKET_KEYS
  const headers = { ...request.headers }
  if (ticket) {
    const { id: i, fetched: t, attributes: a, written: c } = ticket
    const sealed = sealTicket({ i, t, s: fingerprint(pintle, key, now), a, c }, key)
    headers.cookie = `${headers.cookie}; pintle_ticket=${sealed}`
  }
  const identified = pintle.identify(incoming({ ...request, headers }), now * 1000)
  assert.equal(identified.fetch(), fetch ? `${fetch.when}:${fetch.id}` : undefined)
  const plan = JSON.parse(identified.respond(JSON.stringify(lookup)))

  const sealed = plan.setCookies.map((cookie) => TICKET.exec(cookie)?.[1]).find(Boolean)
  const others = plan.setCookies.filter((cookie) => !TICKET.test(cookie))
  assert.deepEqual(others, expected.setCookies ?? [])
  assert.deepEqual(plan.decisions, expected.decisions ?? {})
  assert.equal(plan.serverTiming, expected.serverTiming ?? null)
  assert.equal(plan.private, plan.setCookies.length > 0 || expected.serverTiming !== undefined)
  if (!sealed) return assert.equal(expected.ticket, undefined)
  const { i, t, a, c = {} } = openTicket(sealed, key)
  assert.deepEqual({ id: i, fetched: t, attributes: a, written: c }, expected.ticket)
}

for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json'))) {
  for (const journey of JSON.parse(await readFile(path.join(folder, file), 'utf8'))) {
    test(`${path.parse(file).name} through wasm: ${journey.name}`, () => run(journey))
  }
}
