// CPU time of workerd per request, Worker beside Worker, in interleaved rounds.
//
// The machine may be busy with other things and its clock may change: so only ratios within one round
// count, and of them the median over the rounds. Every answer is checked, once in full and then under load.

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import path from 'node:path'

import { ask, asked, jar, median } from './ask.mjs'
import { BYTES, grounds, guide, passthrough, pintle } from './site.mjs'
import { rudder, visitor } from './visitors.mjs'
import { startWorkerd } from './workerd.mjs'

/** Requests before it is measured: V8 compiles twice what runs often, JavaScript and wasm alike. */
const WARM = 6_000

/** What everything is compared with. */
export const REFERENCES = ['pass-through', "guide's JavaScript, API"]

/** Numbers the visitors of the whole run, so that each lookup is somebody new. */
let visitors = 1

/** How many pages a visitor opens in a session. */
const VIEWS = 10

/**
 * What is measured: `name`, the `service`, whether each request is a `stranger`, whether a `cookie` is set, `lookups` of a
 * request; and of a session of so many `views`, whether a cookie is set after the first.
 */
function variants(builds) {
  const common = { stranger: false, cookie: false, lookups: 0 }
  const lookup = { stranger: true, cookie: true, lookups: 1 }
  const session = { views: VIEWS }
  return [
    { name: 'the page itself', service: 'origin', ...common },
    { name: 'pass-through', service: 'passthrough', ...common },
    { name: "guide's JavaScript, KV", service: 'guide-kv', source: 'kv', ...lookup },
    { name: "guide's JavaScript, API", service: 'guide-api', source: 'api', ...lookup },
    {
      name: "guide's JavaScript, session",
      service: 'guide-api',
      source: 'api',
      ...lookup,
      ...session,
      laterCookie: true,
    },
    ...Object.keys(builds).flatMap((build) => [
      { name: `${build}, no visitor`, service: `${build}-kv`, source: 'kv', ...common },
      { name: `${build}, fresh ticket`, service: `${build}-kv`, source: 'kv', ticket: true, ...common },
      { name: `${build}, KV`, service: `${build}-kv`, source: 'kv', ...lookup },
      { name: `${build}, API`, service: `${build}-api`, source: 'api', ...lookup },
      { name: `${build}, session`, service: `${build}-api`, source: 'api', ...lookup, ...session, laterCookie: false },
    ]),
  ]
}

/**
 * Measures `builds`, folders by name. Resolves to the µs of each round, by the name of the variant. The rounds are
 * spread over several `processes`, since no two compile and lay out their memory alike.
 */
export async function measureCpu(builds, { processes, rounds, requests, only, log }) {
  const all = variants(builds).filter(({ name }) => only.test(name) || REFERENCES.includes(name))
  const measured = Object.fromEntries(all.map(({ name }) => [name, []]))
  for (let process = 0; process < processes; process += 1) {
    await measureOnce(builds, all, measured, { rounds: Math.ceil(rounds / processes), requests })
    log(`${measured[all[0].name].length} of ${rounds} rounds`)
  }
  return measured
}

async function measureOnce(builds, all, measured, { rounds, requests }) {
  const workerd = await startWorkerd({
    ...grounds(),
    passthrough: passthrough(),
    'guide-kv': guide('kv'),
    'guide-api': guide('api'),
    ...Object.fromEntries(
      Object.entries(builds).flatMap(([build, folder]) =>
        ['kv', 'api'].map((source) => [`${build}-${source}`, pintle(folder, source)]),
      ),
    ),
  })
  const loader = fork(path.join(import.meta.dirname, 'load.mjs'))
  try {
    const page = await ask(workerd.ports.origin)
    for (const variant of all) await check(variant, workerd, page)
    for (const variant of all) await run(variant, workerd, loader, WARM)
    for (let round = 0; round < rounds; round += 1) {
      // Each round begins with another variant, so that none is always the one after a heavy one.
      for (let at = 0; at < all.length; at += 1) {
        const variant = all[(at + round) % all.length]
        measured[variant.name].push(await run(variant, workerd, loader, requests))
      }
    }
    assert.equal(/error|exception/i.test(workerd.said()), false, workerd.said())
  } finally {
    loader.kill()
    await workerd.stop()
  }
}

/** The cookies of a visitor who has been here before: all that Pintle set on their first page. */
async function returning({ service }, { ports }) {
  const browser = jar([rudder(visitor(visitors++))])
  browser.keep(await ask(ports[service], browser.cookies()))
  return browser.cookies()
}

/** One answer in full: fast and wrong must not be measured. Of a session, the pages after it as well. */
async function check(variant, workerd, page) {
  const { name, service, source, stranger, ticket, cookie, lookups } = variant
  if (variant.views) await checkLater(variant, workerd, page)
  const cookies = ticket ? await returning(variant, workerd) : stranger ? [rudder(visitor(visitors++))] : []
  if (ticket)
    assert.ok(
      cookies.some((one) => one.startsWith('pintle_ticket=')),
      `${name}: a ticket`,
    )
  const before = source && (await asked(workerd.ports[source]))
  const answer = await ask(workerd.ports[service], cookies)
  assert.equal(answer.status, 200, name)
  assert.equal(answer.body, page.body, name)
  assert.equal(answer.body.length, BYTES, name)
  if (cookie) assert.ok(answer.cookies.includes('rs_activation_signed_up=true'), `${name}: ${answer.headers}`)
  else assert.deepEqual(answer.headers, page.headers, name)
  if (source) assert.equal((await asked(workerd.ports[source])) - before, lookups, `${name}: lookups`)
}

/** The later pages of a session: where no cookie is set, nothing is set and nobody is asked. */
async function checkLater(variant, workerd, page) {
  const { name, service, source, laterCookie } = variant
  const cookies = await returning(variant, workerd)
  const before = await asked(workerd.ports[source])
  for (let view = 2; view <= VIEWS; view += 1) {
    const { body, headers } = await ask(workerd.ports[service], cookies)
    assert.equal(body, page.body, name)
    if (!laterCookie) assert.deepEqual(headers, page.headers, `${name}: page ${view}`)
  }
  const lookups = laterCookie ? VIEWS - 1 : 0
  assert.equal((await asked(workerd.ports[source])) - before, lookups, `${name}: later lookups`)
}

/** The CPU time of one request in microseconds, over `requests` of them. */
async function run(variant, workerd, loader, requests) {
  const { name, service, stranger, ticket, cookie, laterCookie, views } = variant
  const job = { port: workerd.ports[service], requests, views, expect: { bytes: BYTES, cookie, laterCookie } }
  if (ticket) job.cookies = await returning(variant, workerd)
  if (stranger) job.first = visitors
  visitors += requests
  const before = await workerd.cpuUs()
  await loaded(loader, job, name)
  return ((await workerd.cpuUs()) - before) / requests
}

/** Runs a job in the load's own process; rejects when one answer is not as expected. */
export async function loaded(loader, job, name) {
  const { wrong, error } = await new Promise((resolve) => {
    loader.once('message', resolve)
    loader.send(job)
  })
  assert.equal(error, undefined, `${name}: ${error}`)
  assert.equal(wrong, 0, `${name}: ${wrong} answers were wrong`)
}

/** The median over the rounds of `a`'s time over `b`'s in the same round. */
export const ratio = (measured, a, b) => median(measured[a].map((us, round) => us / measured[b][round]))
