// `npm run bench -- --only feed`: what an event costs, Worker and objects together, beside an empty Worker that writes one
// KV key, in raw workerd. The last line is a JSON object of what DESIGN's budgets are about.
//
//   --processes N --rounds N --requests N   how long it measures, in each variant
//   --variants REGEX          only those whose name matches
//   --parts cpu,writes,memory parts of it
//   --objects N --rest S      how many objects are touched, and for how many seconds they rest after that
//   --built                   measures what lies in build/ without building
//   --build FOLDER            measures what lies there instead
//   --json                    writes that object to target/bench/feed.json as well

import path from 'node:path'
import { parseArgs } from 'node:util'

import { root } from '../../scripts/project.mjs'
import { median } from '../edge/ask.mjs'
import { tell } from '../result.mjs'
import { EMPTY, measureCpu, measureWrites } from './cpu.mjs'
import { memory } from './memory.mjs'

const { values: options } = parseArgs({
  options: {
    processes: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '9' },
    requests: { type: 'string', default: '400' },
    variants: { type: 'string', default: '' },
    parts: { type: 'string', default: 'cpu,writes,memory' },
    objects: { type: 'string', default: '20000' },
    rest: { type: 'string', default: '180' },
    build: { type: 'string', default: path.join(root, 'build') },
    built: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const [processes, rounds, requests] = [options.processes, options.rounds, options.requests].map(Number)
const only = new RegExp(options.variants)
const parts = options.parts.split(',')
const result = {}
const round = (number, digits = 2) => Number(number.toFixed(digits))
const key = (name) => name.replaceAll(/\W+/g, '_')
const log = (text) => process.stderr.write(`  ${text}\n`)

if (!options.built) await (await import('../../scripts/build.mjs')).buildWorker()
if (parts.includes('cpu')) await cpu()
if (parts.includes('writes')) await writes()
if (parts.includes('memory')) await memoryOfObjects()
await tell('feed', result, options)

async function cpu() {
  const { build } = options
  const measured = await measureCpu({ build, processes, rounds, requests, only, log })
  console.log(
    `\nCPU per event, of visitors with a history: medians of ${measured[EMPTY].length} rounds in ${processes} processes; ratios within each round\n`,
  )
  console.log(
    `${''.padEnd(40)}${'µs'.padStart(6)}${'÷ empty'.padStart(10)}${'events/s'.padStart(10)}   half of the rounds`,
  )
  for (const [name, rounds] of Object.entries(measured)) {
    const us = rounds.map((it) => it.us)
    const over = median(us.map((us, at) => us / measured[EMPTY][at].us))
    const perSecond = median(rounds.map((it) => it.perSecond))
    const sorted = [...us].sort((a, b) => a - b)
    const [from, to] = [0.25, 0.75].map((part) => sorted[Math.floor(part * (sorted.length - 1))].toFixed(0))
    const cells = [median(us).toFixed(0).padStart(6), over.toFixed(2).padStart(10), perSecond.toFixed(0).padStart(10)]
    console.log(`${name.padEnd(40)}${cells.join('')}   ${from} to ${to}`)
    if (name === EMPTY) continue
    result[`${key(name)}_vs_empty`] = round(over)
    result[`${key(name)}_us`] = round(median(us), 0)
    result[`${key(name)}_per_second`] = round(perSecond, 0)
  }
  console.log('\nBars: 3 × the empty Worker; 2,000 events a second on two cores in batches.')
}

async function writes() {
  const counted = await measureWrites({ build: options.build, requests, only })
  console.log(
    `\nPer event${''.padEnd(31)}${'rows'.padStart(8)}${'KV writes'.padStart(12)}${'objects asked'.padStart(15)}\n`,
  )
  for (const [name, { rows, puts, objects }] of Object.entries(counted)) {
    console.log(
      `${name.padEnd(40)}${rows.toFixed(3).padStart(8)}${puts.toFixed(3).padStart(12)}${objects.toFixed(3).padStart(15)}`,
    )
    result[`${key(name)}_rows`] = round(rows, 3)
    result[`${key(name)}_kv_writes`] = round(puts, 3)
  }
  console.log('\nBars: 1.0 rows and 0.1 KV writes.')
}

async function memoryOfObjects() {
  const { build, objects, rest } = options
  const { lines, ...told } = await memory({ build, objects: Number(objects), restMs: Number(rest) * 1_000, log })
  console.log(`\nMemory, as one object after another is touched, and after that\n\n${lines.join('\n')}`)
  for (const [name, bytes] of Object.entries(told)) result[`memory_${name}_mb`] = round(bytes / 1e6, 1)
}
