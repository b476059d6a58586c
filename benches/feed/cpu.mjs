// CPU time of workerd per event: the Worker, the objects and what writes KV afterwards, beside an empty Worker that writes one
// key, in interleaved rounds. Only ratios within one round count, and of them the median.

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'

import { loaded } from '../edge/cpu.mjs'
import { startWorkerd } from '../edge/workerd.mjs'
import { personalizations, visitors } from './crowd.mjs'
import { room } from './soak/room.mjs'

const here = (file) => path.join(import.meta.dirname, 'workers', file)
/** How long KV is told after an answer, and some more. */
const SETTLED_MS = 1_800
/** Events that every visitor has behind them. */
const HISTORY = 60

/** What is measured: with whose features, and how many events a request has. */
export const VARIANTS = [
  { name: 'one event a request', features: 'guides', size: 1 },
  { name: 'batches of 10', features: 'guides', size: 10 },
  { name: 'batches of 100', features: 'guides', size: 100 },
  { name: 'one event a request, pages heard', features: 'pages', size: 1 },
  { name: 'batches of 10, pages heard', features: 'pages', size: 10 },
]
export const EMPTY = 'an empty Worker that writes one KV key'

/** The feed of the built Worker in `build`, with the entry `entry` of it. */
export const feed = (build, entry, features, folder) => ({
  modules: {
    'worker.mjs': entry,
    'pintle.wasm': path.join(build, 'pintle.wasm'),
    'feed.wasm': path.join(build, 'feed.wasm'),
  },
  text: { PERSONALIZATION: personalizations[features], PROFILE_SOURCES: 'people', WRITE_KEYS: 'key' },
  kv: { PROFILES: 'kv' },
  objects: { PEOPLE: { of: 'Person', folder } },
})

/** Starts the feed with every kind of features, below `entry`, and calls `use` with it and the process of the load. */
async function withFeed({ build, entry }, use) {
  const folders = Object.fromEntries(
    await Promise.all(Object.keys(personalizations).map(async (it) => [it, await room()])),
  )
  const feeds = Object.entries(folders).map(([features, folder]) => [features, feed(build, entry, features, folder)])
  const workerd = await startWorkerd({
    empty: { modules: { 'worker.mjs': here('empty.mjs') }, kv: { PROFILES: 'kv' } },
    kv: { modules: { 'worker.mjs': here('kv.mjs') } },
    ...Object.fromEntries(feeds),
  })
  const loader = fork(path.join(import.meta.dirname, 'load.mjs'))
  try {
    const result = await use(workerd, loader)
    assert.equal(/error|exception/i.test(workerd.said()), false, workerd.said())
    return result
  } finally {
    loader.kill()
    await workerd.stop()
    await Promise.all(Object.values(folders).map((folder) => rm(folder, { recursive: true })))
  }
}

const batch = (events) => ['/v1/batch', JSON.stringify({ batch: events })]
const single = (event) => [`/v1/${event.type}`, JSON.stringify(event)]

/** Each visitor of `crowd` up to `count` does what made their history: they are there, and V8 has compiled what runs. */
async function prepare({ ports }, loader, features, crowd, count) {
  const sends = Array.from({ length: count }, (_, number) => batch(crowd.batch(number, HISTORY)))
  await loaded(loader, { port: ports[features], sends }, 'history')
}

const settled = () => new Promise((resolve) => setTimeout(resolve, SETTLED_MS))

/** The µs of CPU that `count` units of a job take each, with all that is done after its answers. */
async function timed(workerd, loader, job, name, count) {
  await settled()
  const before = await workerd.cpuUs()
  const started = performance.now()
  await loaded(loader, job, name)
  const ms = performance.now() - started
  await settled()
  return { us: ((await workerd.cpuUs()) - before) / count, perSecond: (count / ms) * 1_000 }
}

/** A round of a variant: each of so many visitors sends one request. */
function job({ ports }, { features, size }, crowd, count) {
  const sends = Array.from({ length: count }, (_, number) => {
    const events = crowd.batch(number, size)
    return size === 1 ? single(events[0]) : batch(events)
  })
  return { port: ports[features], sends, events: count * size }
}

/** Resolves to the µs and events a second of each round by variant, and those of the empty Worker in the same round. */
export async function measureCpu({ build, processes, rounds, requests, only, log }) {
  const variants = VARIANTS.filter(({ name }) => only.test(name))
  const measured = Object.fromEntries([EMPTY, ...variants.map(({ name }) => name)].map((name) => [name, []]))
  for (let process = 0; process < processes; process += 1) {
    const entry = path.join(build, 'worker.mjs')
    await withFeed({ build, entry }, async (workerd, loader) => {
      const crowds = Object.fromEntries(
        variants.map(({ name }, at) => [name, visitors(process + 1, { start: `crowd${at}` })]),
      )
      for (const variant of variants) {
        const { features, name } = variant
        await prepare(workerd, loader, features, crowds[name], countOf(variant, requests))
      }
      const empty = Array(requests).fill(single(visitors(9).event(1)))
      for (let round = 0; round < Math.ceil(rounds / processes); round += 1) {
        const emptyJob = { port: workerd.ports.empty, sends: empty }
        measured[EMPTY].push(await timed(workerd, loader, emptyJob, EMPTY, empty.length))
        for (const variant of variants) {
          const one = job(workerd, variant, crowds[variant.name], countOf(variant, requests))
          measured[variant.name].push(await timed(workerd, loader, one, variant.name, one.events))
        }
      }
    })
    log(`${process + 1} of ${processes} processes`)
  }
  return measured
}

/** Large batches need fewer visitors for as many events. */
const countOf = ({ size }, requests) => Math.ceil(requests / Math.sqrt(size))

/** Rows written and KV writes per event, and objects asked, for each variant. */
export async function measureWrites({ build, requests, only }) {
  const entry = path.join(import.meta.dirname, '../../tests/worker/counted.mjs')
  return withFeed({ build, entry }, async (workerd, loader) => {
    const counted = {}
    for (const [at, variant] of VARIANTS.filter(({ name }) => only.test(name)).entries()) {
      const crowd = visitors(at + 1, { start: `rows${at}` })
      const count = countOf(variant, requests)
      await prepare(workerd, loader, variant.features, crowd, count)
      await settled()
      const counts = async () => (await fetch(`http://127.0.0.1:${workerd.ports[variant.features]}/counted`)).json()
      const before = await counts()
      const one = job(workerd, variant, crowd, count)
      await loaded(loader, one, variant.name)
      await settled()
      const after = await counts()
      const asked = ({ asked }) => Object.values(asked).reduce((sum, times) => sum + times, 0)
      counted[variant.name] = {
        rows: (after.rows - before.rows) / one.events,
        puts: (after.puts - before.puts) / one.events,
        objects: (asked(after) - asked(before)) / one.events,
      }
    }
    return counted
  })
}
