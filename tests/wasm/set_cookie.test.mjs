// What we write into `Set-Cookie` is read back by a parser that is not ours, as it was meant; and what that one sends back,
// we read as what we wrote. The journeys' own lines are read back in journeys.test.mjs.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Jar } from '../cookie_jar.mjs'
import { generator, SEED } from '../random.mjs'
import { incoming, instantiate, visitOf } from './core.mjs'

const { Pintle } = await instantiate()
const SHELL = '{"brings":["kv"],"delivers":"response"}'
const ENVIRONMENT = JSON.stringify({ PROFILE_SOURCES: 'kv', TICKET_KEYS: '1'.repeat(64) })
const ROUNDS = 1_000
console.log(`drawn: ${ROUNDS} cookies, SEED=${SEED}`)

const random = generator(SEED)
const pick = (list) => list[random(list.length)]
const several = (least, most, draw) => Array.from({ length: least + random(most - least + 1) }, draw)

const CHARACTERS = [
  ...'aZ09;,= "%\\\r\n\t\0+&/?#@:é\u00ff\u2028\u{1f680}-_.!~*\'()<>[]{}|^`',
  '; Domain=evil.example',
  '%3B',
]
const NAME = [..."aZ09!#$%&'*+-.^_`|~"]

const text = () => several(0, 12, () => pick(CHARACTERS)).join('')
const values = [
  text,
  text,
  () => pick([0, -1.5, 1e21, 2 ** 53]),
  () => pick([true, false]),
  () => ({ [text()]: [text()] }),
]

/** What a site writes whose feature has this value. */
function site(name, value) {
  const deliver = [{ feature: 'f', cookie: { name, maxAge: pick(['1m', '1d', '400d']) } }]
  const personalization = { view: 'V', features: { f: { defaultValue: value } }, deliver }
  const pintle = new Pintle(JSON.stringify(personalization), ENVIRONMENT, SHELL)
  assert.equal(pintle.mistakes(), undefined, `${name}: ${JSON.stringify(value)}`)
  return pintle
}

/** The lines in the answer to a page view that brings these cookies. */
function lines(pintle, cookies, more = {}) {
  const headers = { cookie: `rl_anonymous_id=%22somebody%22; ${cookies}`, 'sec-fetch-dest': 'document', ...more }
  const visit = visitOf(pintle, incoming({ url: 'https://shop.example/', headers }), Date.now())
  if (!visit) return []
  if (visit.next(Date.now())) visit.repliedValue(undefined, Date.now())
  const { headers: edits } = JSON.parse(visit.respond(undefined, Date.now()) ?? '{"headers":[]}')
  visit.end()
  return edits.filter(([, name]) => name === 'set-cookie').map(([, , line]) => line)
}

test('a browser that reads as tough-cookie does has the value that was decided, sends it back so, and loses it when it must', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    // A letter in front: `__Host-` and its like have rules of their own, and `rl_` is RudderStack's.
    const name = `c${several(0, 8, () => pick(NAME)).join('')}`
    const value = pick(values)()
    const pintle = site(name, value)
    const jar = new Jar()
    for (const line of lines(pintle, '')) await jar.take(line)
    const decided = typeof value === 'string' ? value : JSON.stringify(value)
    // Numbers are written as JavaScript writes them.
    const expected = typeof value === 'number' ? String(value) : decided
    assert.deepEqual(await jar.scripts(), { [name]: expected })
    assert.match(await jar.header(), /pintle_ticket=/)
    assert.deepEqual(lines(pintle, await jar.header()), [], 'what is sent back is what was written')
    for (const line of lines(pintle, await jar.header(), { 'sec-gpc': '1' })) await jar.take(line)
    assert.equal(await jar.header(), '', 'both are taken away')
    pintle.free()
  }
})

test('names with a prefix that browsers mind are kept, too', async () => {
  for (const name of ['__Host-c', '__Secure-c']) {
    const pintle = site(name, 'x')
    const jar = new Jar()
    for (const line of lines(pintle, '')) await jar.take(line)
    assert.deepEqual(await jar.scripts(), { [name]: 'x' })
  }
})
