// `npm run bench`: Pintle beside an empty Worker and beside the JavaScript of RudderStack's guide, in raw
// workerd. The last line is a JSON object of what DESIGN's budgets are about.
//
//   --processes N --rounds N --requests N   how long it measures, in each variant
//   --against NAME=FOLDER     another build beside this one: a folder with worker.mjs, pintle.wasm and feed.wasm
//   --only cpu,views,weight   parts of it
//   --variants REGEX          of the CPU table, only those whose name matches
//   --built                   measures what lies in build/ without building
//   --json                    writes that object to target/bench/edge.json as well

import path from 'node:path'
import { parseArgs } from 'node:util'

import { root } from '../../scripts/project.mjs'
import { tell } from '../result.mjs'
import { median } from './ask.mjs'
import { measureCpu, REFERENCES, ratio } from './cpu.mjs'
import { BUDGET_MS, firstView, session, silence } from './views.mjs'
import { ENTRIES, memory, start, upload } from './weight.mjs'

const { values: options } = parseArgs({
  options: {
    processes: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '48' },
    requests: { type: 'string', default: '400' },
    against: { type: 'string', multiple: true, default: [] },
    only: { type: 'string', default: 'cpu,views,weight' },
    variants: { type: 'string', default: '' },
    built: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

const folder = path.join(root, 'build')
const builds = { pintle: folder, ...Object.fromEntries(options.against.map((named) => named.split('='))) }
const parts = options.only.split(',')
const result = {}
const round = (number, digits = 2) => Number(number.toFixed(digits))

if (!options.built) await (await import('../../scripts/build.mjs')).buildWorker()
if (parts.includes('cpu')) await cpu()
if (parts.includes('views')) await views()
if (parts.includes('weight')) await weight()
await tell('edge', result, options)

async function cpu() {
  const [processes, rounds, requests] = [options.processes, options.rounds, options.requests].map(Number)
  console.log(
    `\nCPU per request: medians of ${rounds} rounds of ${requests} requests in ${processes} processes; ratios within each round\n`,
  )
  const measured = await measureCpu(builds, {
    processes,
    rounds,
    requests,
    only: new RegExp(options.variants),
    log: (text) => process.stderr.write(`  ${text}\n`),
  })
  const over = (a, b) => ratio(measured, a, b)
  const [empty, guide] = REFERENCES
  console.log(
    `${''.padEnd(28)}${'µs'.padStart(6)}${'÷ pass-through'.padStart(16)}${'÷ guide, API'.padStart(14)}   half of the rounds`,
  )
  for (const [name, us] of Object.entries(measured)) {
    const cells = [
      median(us).toFixed(0).padStart(6),
      over(name, empty).toFixed(2).padStart(16),
      over(name, guide).toFixed(2).padStart(14),
    ]
    const sorted = [...us].sort((a, b) => a - b)
    const [from, to] = [0.25, 0.75].map((part) => sorted[Math.floor(part * (sorted.length - 1))].toFixed(0))
    console.log(`${name.padEnd(28)}${cells.join('')}   ${from} to ${to}`)
  }
  const told = (key, a, b) => {
    if (measured[a] && measured[b]) result[key] = round(over(a, b))
  }
  told('nobody_vs_passthrough', 'pintle, no visitor', empty)
  told('ticket_vs_passthrough', 'pintle, fresh ticket', empty)
  told('ticket_vs_guide', 'pintle, fresh ticket', guide)
  told('kv_vs_guide', 'pintle, KV', "guide's JavaScript, KV")
  told('api_vs_guide', 'pintle, API', guide)
  told('session_vs_guide', 'pintle, session', "guide's JavaScript, session")
}

async function views() {
  const [pageMs, apiMs] = [20, 50]
  const first = await firstView(folder, { pageMs, apiMs, views: 21 })
  console.log(`\nFirst view, page ${pageMs} ms, API ${apiMs} ms (median of 21, milliseconds)\n`)
  for (const [name, ms] of Object.entries(first)) console.log(`${name.padEnd(28)}${ms.toFixed(1).padStart(6)}`)
  const quiet = await silence(folder)
  console.log(`\nThe API never answers, budget ${BUDGET_MS} ms (slowest, milliseconds)\n`)
  console.log(`${'pintle, the first five'.padEnd(28)}${quiet.waiting.toFixed(1).padStart(6)}`)
  console.log(`${'pintle, after them'.padEnd(28)}${quiet.spared.toFixed(1).padStart(6)}`)
  console.log(`${'guide'.padEnd(28)}${quiet.guide === null ? ' no answer in 3 s' : quiet.guide.toFixed(1).padStart(6)}`)
  const lookups = await session(folder)
  console.log(`\nLookups in a session of ten page views: pintle ${lookups.pintle}, guide ${lookups.guide}`)
  result.first_view_ms_vs_max = round(first.pintle - Math.max(pageMs, apiMs), 1)
  result.first_view_guide_ms_vs_sum = round(first.guide - pageMs - apiMs, 1)
  result.silent_api_ms_vs_budget = round(quiet.waiting - BUDGET_MS, 1)
  result.session_lookups = lookups.pintle
  result.session_lookups_guide = lookups.guide
}

async function weight() {
  const kb = (bytes) => `${(bytes / 1000).toFixed(1)} KB`
  const mb = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`
  for (const [name, entry] of Object.entries(ENTRIES)) {
    const files = await upload(folder, entry)
    const total = Object.values(files).reduce((sum, bytes) => sum + bytes, 0)
    const each = Object.entries(files).map(([file, bytes]) => `${file} ${kb(bytes)}`)
    console.log(`\n${name}\n  upload, gzip: ${kb(total)} (${each.join(', ')})`)
    const { compile, start: startMs, first, feed } = await start(folder, entry)
    const parts = [`to load ${startMs.toFixed(1)} ms`, `to the first answer ${first.toFixed(1)} ms more`]
    if (feed !== undefined) parts.push(`to the feed's first ${feed.toFixed(1)} ms more`)
    parts.push(`to compile before, when it is uploaded, ${compile.toFixed(1)} ms`)
    console.log(`  start, CPU in Node.js (9 new processes): ${parts.join(', ')}`)
    const key = name === 'pintle/worker' ? '' : 'feed_'
    result[`${key}upload_gzip_kb`] = round(total / 1000, 1)
    result[`${key}start_cpu_ms`] = round(startMs + first, 1)
  }
  const { early, late } = await memory(folder, { requests: 100_000 })
  const grown = late.heap + late.buffers - early.heap - early.buffers
  console.log('\nMemory of the isolate, after 1,000 and after 100,000 requests:')
  console.log(
    `  heap ${mb(early.heap)} → ${mb(late.heap)}, buffers and wasm ${mb(early.buffers)} → ${mb(late.buffers)}`,
  )
  console.log(
    `  whole process (workerd's own, which grows behind an empty Worker too): ${mb(early.rss)} → ${mb(late.rss)}`,
  )
  result.memory_grown_mb = round(grown / 1e6)
}
