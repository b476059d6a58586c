// What is told when lookups fail: the log has the first failure of each kind in a minute, in the cause's own words and with
// what to look at; the health has counts.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { DESTINATION, TOKEN } from './activation_api.mjs'
import { eventually } from './browser.mjs'
import { assertPlain, get, startsBefore, startTellingOrigin, view } from './plain.mjs'
import { startServer } from './site.mjs'

const VIEWS = 3

let origin

before(async () => {
  origin = await startTellingOrigin()
})
after(() => origin?.dispose())

/** A site that asks the API at this URL. */
function asking(t, url) {
  const bindings = {
    PROFILE_SOURCES: 'activation-api',
    ACTIVATION_API_URL: url,
    ACTIVATION_DESTINATION_ID: DESTINATION,
    ACTIVATION_TOKEN: TOKEN,
    LOOKUP_BUDGET_MS: '10000',
  }
  return startsBefore(origin, t, { bindings })
}

const lookups = async (site) => JSON.parse((await get(site, {}, '/_pintle/health')).text).lookups

/** The only line of the log about this source; it tells neither who was looked up, nor what is secret. */
async function toldOnce(site, source) {
  const lines = () =>
    site
      .log()
      .split('\n')
      .filter((line) => line.includes(`${source} failed`))
  await eventually('the log tells it', () => lines().length > 0)
  assert.equal(lines().length, 1, site.log())
  assert.doesNotMatch(site.log(), /RS_ENC|rl_anonymous_id|[0-9a-f]{8}-[0-9a-f]{4}-/)
  assert.ok(!site.log().includes(TOKEN))
  return lines()[0]
}

const LOOK_THERE = 'look at ACTIVATION_API_URL, and whether its host, port and certificate answer from here'
const closed = async () => {
  const server = await startServer(() => {})
  await server.dispose()
  return server.url
}
const listening = (answer) => async (t) => {
  const server = await startServer(answer)
  t.after(server.dispose)
  return server.url
}

// The runtime's own words: it tells a program no more of a name or a certificate than that.
const SOMETHING = /: (internal error; reference = \w+|.*(DNS|TLS|certificate).*);/
const LOST = /: Network connection lost\.;/

for (const [what, url, cause] of [
  ['a host that has no address', () => 'http://nobody.invalid/v1/activation', SOMETHING],
  ['a server that speaks no TLS', async (t) => (await listening(() => {})(t)).replace('http:', 'https:'), SOMETHING],
  ['a port that nobody listens at', closed, LOST],
  ['a server that resets the connection', listening((request) => request.socket.resetAndDestroy()), LOST],
]) {
  test(`${what} is told in the cause’s own words, once`, async (t) => {
    const site = await asking(t, await url(t))
    for (let time = 0; time < VIEWS; time++) assertPlain(await get(site, view(randomUUID())))
    const line = await toldOnce(site, 'activation-api')
    assert.ok(line.startsWith('pintle: activation-api failed: the source cannot be reached: '), line)
    assert.match(line, cause)
    assert.ok(line.endsWith(`; ${LOOK_THERE}`), line)
    assert.deepEqual(await lookups(site), { 'activation-api': { answered: 0, failed: { unreachable: VIEWS } } })
  })
}

test('a KV that fails is told in its own words, once', async (t) => {
  const site = await startsBefore(origin, t, { entry: path.join(root, 'tests/worker/wrapped.mjs') })
  for (let time = 0; time < VIEWS; time++) assertPlain(await get(site, view(`rejects-${randomUUID()}`)))
  const said = 'the source cannot be reached: KV GET failed: 500 Internal Server Error'
  const hint = "look at the binding PROFILES and at Cloudflare's status"
  assert.equal(await toldOnce(site, 'kv'), `pintle: kv failed: ${said}; ${hint}`)
  assert.deepEqual(await lookups(site), { kv: { answered: 0, failed: { unreachable: VIEWS } } })
})

test('an API that refuses seven visitors with 400 is told once, asked each time, and counted', async (t) => {
  let asked = 0
  const refuses = (_, response) => {
    asked += 1
    response.writeHead(400).end('{"error":"no"}')
  }
  const site = await asking(t, await listening(refuses)(t))
  for (let time = 0; time < 7; time++) assertPlain(await get(site, view(randomUUID())))
  const hint = 'look at ACTIVATION_ENTITY and ACTIVATION_ID_TYPE'
  const line = await toldOnce(site, 'activation-api')
  assert.equal(line, `pintle: activation-api failed: the source answered with status 400; ${hint}`)
  assert.deepEqual(await lookups(site), { 'activation-api': { answered: 0, failed: { 'status 400': 7 } } })
  assert.equal(asked, 7)
})

test('each kind of failure is told once, whatever came between, and counted', async (t) => {
  const ways = {
    'status 500': [500, ''],
    'status 404': [404, ''],
    'not JSON': [200, '<!doctype html>'],
    'no data': [200, '{"message":"Internal server error"}'],
    'other id': [200, '{"id":{"type":"anonymous_id","value":"another"},"data":{}}'],
    'broken entry': [200, '{"data":null}'],
    'too large': [200, JSON.stringify({ data: { PADDING: 'x'.repeat(70_000) } })],
  }
  let now
  const site = await asking(t, await listening((_, response) => response.writeHead(now[0]).end(now[1]))(t))
  const answered = [200, '{"data":{}}']
  for (let time = 0; time < VIEWS; time++) {
    for (const way of Object.values(ways)) {
      for (now of [way, answered]) assert.equal((await get(site, view(randomUUID()))).status, 200)
    }
  }
  const kinds = Object.keys(ways)
  const failed = Object.fromEntries(kinds.map((kind) => [kind, VIEWS]))
  assert.deepEqual(await lookups(site), { 'activation-api': { answered: VIEWS * kinds.length, failed } })
  const lines = () => site.log().match(/^pintle: activation-api failed: .+; .+$/gm) ?? []
  await eventually('each is told', () => lines().length >= kinds.length)
  assert.equal(lines().length, kinds.length, site.log())
  assert.equal(new Set(lines()).size, kinds.length)
})
