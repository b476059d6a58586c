// What a visitor waits for, and how often somebody is asked about them.

import assert from 'node:assert/strict'

import { ask, asked, jar, median } from './ask.mjs'
import { grounds, guide, passthrough, pintle } from './site.mjs'
import { rudder, visitor } from './visitors.mjs'
import { startWorkerd } from './workerd.mjs'

/** The lookup budget that Pintle has when nothing is set, in milliseconds. */
export const BUDGET_MS = 150

async function withSite(folder, delays, measure) {
  const Workers = { passthrough: passthrough(), guide: guide('api'), pintle: pintle(folder, 'api') }
  const workerd = await startWorkerd({ ...grounds(delays), ...Workers })
  try {
    for (const service of Object.keys(Workers)) await ask(workerd.ports[service])
    return await measure(workerd.ports)
  } finally {
    await workerd.stop()
  }
}

/** The median time of a first view, in milliseconds, when page and API take a while. */
export const firstView = (folder, { pageMs, apiMs, views }) =>
  withSite(folder, { pageMs, apiMs }, async (ports) => {
    const taken = { passthrough: [], guide: [], pintle: [] }
    for (let n = 0; n < views; n += 1) {
      for (const service of Object.keys(taken)) {
        const answer = await ask(ports[service], [rudder(visitor(n))])
        const decided = answer.cookies.includes('rs_activation_signed_up=true')
        assert.equal(decided, service !== 'passthrough', `${service}: ${answer.cookies}`)
        taken[service].push(answer.ms)
      }
    }
    return Object.fromEntries(Object.entries(taken).map(([service, ms]) => [service, median(ms)]))
  })

/**
 * The time of first views when the API never answers, in milliseconds: the slowest of the first five, which wait for
 * it, and the slowest of the five after them, which the circuit breaker spares. The guide's has no end: `null`.
 */
export const silence = (folder) =>
  withSite(folder, { apiMs: 60_000 }, async (ports) => {
    const taken = []
    for (let n = 0; n < 10; n += 1) {
      const answer = await ask(ports.pintle, [rudder(visitor(n))])
      assert.deepEqual([answer.status, answer.cookies], [200, []])
      taken.push(answer.ms)
    }
    const waited = await ask(ports.guide, [rudder(visitor(0))], { signal: AbortSignal.timeout(3_000) }).then(
      ({ ms }) => ms,
      () => null,
    )
    return { waiting: Math.max(...taken.slice(0, 5)), spared: Math.max(...taken.slice(5)), guide: waited }
  })

/** How often the API is asked while one visitor opens ten pages. */
export const session = (folder) =>
  withSite(folder, {}, async (ports) => {
    const lookups = {}
    for (const service of ['guide', 'pintle']) {
      const before = await asked(ports.api)
      const browser = jar([rudder(visitor(1))])
      for (let page = 0; page < 10; page += 1) browser.keep(await ask(ports[service], browser.cookies()))
      assert.ok(browser.cookies().includes('rs_activation_signed_up=true'), service)
      lookups[service] = (await asked(ports.api)) - before
    }
    return lookups
  })
