// Where a request to `GET /_pintle/decision` came from, by which its rate is counted: which header is believed, and what
// the option `address` says instead.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { imported } from './imported.mjs'

const { fetch, next, route, server, dispose } = await imported({
  fetch: 'pintle/fetch',
  next: 'pintle/next',
  route: 'pintle/next/decision',
  server: 'next/server.js',
})
after(dispose)

const RATE = 3
/** How often callers whose address nobody knows may ask together. */
const UNKNOWN = RATE * 100

/** By name: what asks the endpoint. */
const ways = {
  'pintle/fetch': (options) => {
    const handle = fetch.createHandler(options)
    return (request) => handle(request, () => assert.fail('the page is asked'))
  },
  'pintle/next': (options) => {
    const middleware = next.createMiddleware(options)
    return ({ url, headers }) => middleware(new server.NextRequest(url, { headers }))
  },
  'pintle/next/decision': (options) => route.createDecisionRoute(options),
}

/** A site whose clock stands still: counts begin anew with every minute. `ask` is answered with the status. */
function starts(t, way, { environment, ...options } = {}) {
  t.mock.method(console, 'warn', () => {})
  t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 })
  const decide = way({
    environment: { DECISION_RATE: String(RATE), ...environment },
    profile: () => null,
    ...options,
  })
  return async (headers) => {
    const request = new Request('https://shop.example/_pintle/decision', {
      headers: { 'sec-fetch-site': 'same-origin', ...headers },
    })
    return (await decide(request)).status
  }
}

/** Asks until it is refused, at most `limit` times more often than one address may; resolves to how often it was not. */
async function askedUntilRefused(ask, headers, limit = RATE + 1) {
  for (let time = 0; time < limit; time += 1) if ((await ask(headers(time))) === 429) return time
  return limit
}

for (const [name, way] of Object.entries(ways)) {
  const fact = (what, body) => test(`${name}: ${what}`, body)

  fact('what the proxy before us wrote is believed, and nothing that its client sent', async (t) => {
    const ask = starts(t, way)
    assert.equal(await askedUntilRefused(ask, () => ({ 'x-real-ip': '192.0.2.1' })), RATE)
    assert.equal(await ask({ 'x-real-ip': '192.0.2.1', 'x-forwarded-for': '198.51.100.7' }), 429)
    assert.equal(await ask({ 'x-real-ip': '192.0.2.2' }), 200)
    // A proxy adds what it knows at the end.
    const forged = (time) => ({ 'x-forwarded-for': `198.51.100.${time}, 192.0.2.3` })
    assert.equal(await askedUntilRefused(ask, forged), RATE)
    for (const header of ['cf-connecting-ip', 'true-client-ip', 'x-client-ip', 'forwarded'])
      assert.equal(await ask({ 'x-real-ip': '192.0.2.1', [header]: '198.51.100.7' }), 429, header)
  })

  fact('DECISION_ADDRESS_HEADER names the header that is believed, and then no other is', async (t) => {
    const ask = starts(t, way, { environment: { DECISION_ADDRESS_HEADER: 'Fly-Client-IP, x-real-ip' } })
    const same = (time) => ({ 'fly-client-ip': '192.0.2.1', 'x-real-ip': `198.51.100.${time}` })
    assert.equal(await askedUntilRefused(ask, same), RATE)
    assert.equal(await askedUntilRefused(ask, () => ({ 'x-real-ip': '192.0.2.2' })), RATE)
  })

  fact('one household is one address, whichever of its IPv6 addresses it takes', async (t) => {
    const ask = starts(t, way)
    const own = (time) => ({ 'x-real-ip': `2001:db8:0:1::${time}` })
    assert.equal(await askedUntilRefused(ask, own), RATE)
    assert.equal(await ask({ 'x-real-ip': '2001:db8:0:2::1' }), 200)
  })

  fact('who forges an address is one of those whom nobody knows, however long it is', async (t) => {
    const ask = starts(t, way)
    const forged = (time) => ({ 'x-real-ip': 'x'.repeat(15_000) + time })
    assert.equal(await askedUntilRefused(ask, forged, UNKNOWN + 1), UNKNOWN)
    assert.deepEqual([await ask({}), await ask({ 'x-real-ip': '192.0.2.1' })], [429, 200])
  })

  fact('the option says the address itself, from whatever it knows', async (t) => {
    const ask = starts(t, way, { address: (headers) => headers.get('x-it-is').split('@')[1] })
    const same = (time) => ({ 'x-it-is': `${time}@192.0.2.1`, 'x-real-ip': `198.51.100.${time}` })
    assert.equal(await askedUntilRefused(ask, same), RATE)
    assert.equal(await ask({ 'x-it-is': 'a@192.0.2.2' }), 200)
  })

  fact('an option that gives no IP address names nobody', async (t) => {
    const ask = starts(t, way, { address: (headers) => `user-${headers.get('x-it-is')}` })
    assert.equal(await askedUntilRefused(ask, (time) => ({ 'x-it-is': String(time) }), UNKNOWN + 1), UNKNOWN)
  })
}
