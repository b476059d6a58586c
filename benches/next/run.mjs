// `npm run bench:next`: one static page of a Next.js 16 app without a proxy, with that of RudderStack's guide, and with
// Pintle's: CPU per request of `next start`, and what Pintle's costs on a process' first request. The last line is JSON.
//
//   --rounds N --requests N   how long it measures
//   --starts N                how many processes it starts for the first request

import path from 'node:path'
import { parseArgs } from 'node:util'

import { root } from '../../scripts/project.mjs'
import { startApp } from '../../tests/next/app.mjs'
import { startServer } from '../../tests/worker/site.mjs'
import { cpuUs } from '../cpu_time.mjs'
import { ask, median } from '../edge/ask.mjs'
import { rudder, visitor } from '../edge/visitors.mjs'
import { tell } from '../result.mjs'
import { firstRequest } from './first_request.mjs'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    requests: { type: 'string', default: '150' },
    starts: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
  },
})
const [rounds, requests, starts] = [options.rounds, options.requests, options.starts].map(Number)

/** Requests before it is measured: V8 compiles twice what runs often. */
const WARM = 1_500

const api = await startApi()
const environment = {
  ACTIVATION_API_URL: api.url,
  ACTIVATION_DESTINATION_ID: 'bench',
  ACTIVATION_TOKEN: 'bench',
  TICKET_KEYS: '42'.repeat(32),
}
const middleware = path.join(root, 'tests/next/middleware/proxy.ts')
const apps = {
  none: await start('none'),
  guide: await start('guide', path.join(import.meta.dirname, 'guide.ts')),
  pintle: await start('pintle', middleware),
}
const numbers = { next: 0 }
/** The cookies of somebody new. */
function stranger() {
  numbers.next += 1
  return [rudder(visitor(numbers.next))]
}
const regular = await ticketed()
const variants = {
  'without a proxy': { app: apps.none, cookies: stranger },
  "the guide's proxy": { app: apps.guide, cookies: stranger },
  'Pintle, nobody to look up': { app: apps.pintle, cookies: () => [] },
  'Pintle, first view': { app: apps.pintle, cookies: stranger },
  'Pintle, fresh ticket': { app: apps.pintle, cookies: () => regular.cookies },
}
const us = Object.fromEntries(Object.keys(variants).map((name) => [name, []]))
for (const { app, cookies } of Object.values(variants)) await load(app, cookies, WARM)
for (let round = 0; round < rounds; round += 1) {
  // A ticket is fresh for a minute.
  Object.assign(regular, await ticketed())
  for (const [name, { app, cookies }] of Object.entries(variants)) us[name].push(await load(app, cookies, requests))
}
const over = (a, b) => median(us[a].map((value, round) => value / us[b][round]))
const [none, guide] = Object.keys(variants)
console.log(`\nCPU per request of next start: medians of ${rounds} rounds of ${requests} requests\n`)
console.log(
  `${''.padEnd(28)}${'µs'.padStart(6)}${'÷ without'.padStart(12)}${'÷ guide'.padStart(10)}${'added ÷ added by the guide'.padStart(28)}`,
)
const added = (name) =>
  median(us[name].map((value, round) => (value - us[none][round]) / (us[guide][round] - us[none][round])))
for (const name of Object.keys(variants)) {
  const cells = [
    median(us[name]).toFixed(0).padStart(6),
    over(name, none).toFixed(2).padStart(12),
    over(name, guide).toFixed(2).padStart(10),
  ]
  console.log(`${name.padEnd(28)}${cells.join('')}${name === none ? '' : added(name).toFixed(2).padStart(28)}`)
}
for (const app of Object.values(apps)) await app.dispose()
await api.dispose()
const first = await firstRequest(starts)
console.log(
  `\nThe first request of a process: ${first.toFixed(1)} ms CPU for Pintle's part, median of ${starts} processes`,
)
const round = (number) => Number(number.toFixed(2))
await tell(
  'next',
  {
    next_vs_guide_first_view: round(over('Pintle, first view', guide)),
    next_vs_guide_ticket: round(over('Pintle, fresh ticket', guide)),
    next_first_request_ms: round(first),
  },
  options,
)

function start(name, source = null) {
  // The guide's proxy asks for a package that the app does not have.
  const packages = ['@rudderstack/analytics-js-cookies', 'crypto-js']
  const variant = { version: '16', bundler: 'turbopack', file: 'proxy.ts', name: `bench-${name}`, source, packages }
  return startApp(variant, environment)
}

/** The Activation API, which knows everybody at once. */
async function startApi() {
  const server = await startServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const { entity, id } = JSON.parse(body)
    const data = { 'WEB_PERSONALIZATION:FEATURES_BY_ANON': { USER_APP_SIGN_UP: 1 } }
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ entity, id, data }))
    server.requests.length = 0
  })
  return server
}

/** Somebody who was here before: their id and what they were given. */
async function ticketed() {
  const id = stranger()
  const { cookies } = await ask(new URL(apps.pintle.url).port, id)
  return { cookies: [...id, ...cookies] }
}

/** Sends requests one after the other; resolves to the CPU that the server used for each, in µs. */
async function load({ url, pid }, cookies, count) {
  const { port } = new URL(url)
  const before = await cpuUs(pid)
  for (let request = 0; request < count; request += 1) await ask(port, cookies())
  return ((await cpuUs(pid)) - before) / count
}
