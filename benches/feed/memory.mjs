// Memory as one object after another is touched: of the whole process, and of the isolate that all of them live in. An object
// leaves memory when it was idle for a minute or two, so what counts is whether it stops growing.

import { fork } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'

import { loaded } from '../edge/cpu.mjs'
import { startWorkerd } from '../edge/workerd.mjs'
import { feed } from './cpu.mjs'
import { visitors } from './crowd.mjs'
import { room } from './soak/room.mjs'

const STEPS = 10

/**
 * Touches `objects` objects of new persons, in ten steps, and waits `restMs` for them to leave. Resolves to `lines`, for
 * people, and to the bytes of wasm's memory after the first step and after the last.
 */
export async function memory({ build, objects, restMs, log }) {
  const folder = await room()
  const workerd = await startWorkerd({
    kv: { modules: { 'worker.mjs': path.join(import.meta.dirname, 'workers/kv.mjs') } },
    feed: feed(build, path.join(import.meta.dirname, 'workers/weighed.mjs'), 'guides', folder),
  })
  const loader = fork(path.join(import.meta.dirname, 'load.mjs'))
  const crowd = visitors(1, { start: 'weighed0' })
  const [lines, wasm, rss] = [[], [], []]
  const started = Date.now()
  const weigh = async (touched) => {
    const bytes = await (await fetch(`http://127.0.0.1:${workerd.ports.feed}/wasm`)).json()
    wasm.push(bytes)
    rss.push((await workerd.rssKb()) * 1024)
    const s = Math.round((Date.now() - started) / 1_000)
    const line = `${String(touched).padStart(8)} objects  ${String(s).padStart(5)} s  wasm ${mb(bytes)}  process ${mb(rss.at(-1))}`
    lines.push(line)
    log(line)
  }
  try {
    for (let step = 0; step < STEPS; step += 1) {
      const sends = Array.from({ length: objects / STEPS }, (_, at) => {
        // Of nobody who is logged in: so there is one object each.
        const event = crowd.event((step * (objects / STEPS) + at) * 3 + 1, 0, 'track')
        return ['/v1/track', JSON.stringify({ ...event, event: 'Content Viewed' })]
      })
      await loaded(loader, { port: workerd.ports.feed, sends }, 'memory')
      await weigh((step + 1) * (objects / STEPS))
    }
    for (const until = Date.now() + restMs; Date.now() < until; ) {
      await new Promise((resolve) => setTimeout(resolve, restMs / 4))
      await weigh(objects)
    }
    const [first, last] = [wasm[0], wasm.at(-1)]
    return { lines, wasm_first: first, wasm_last: last, rss_most: Math.max(...rss), rss_last: rss.at(-1) }
  } finally {
    loader.kill()
    await workerd.stop()
    await rm(folder, { recursive: true })
  }
}

const mb = (bytes) => `${(bytes / 1e6).toFixed(1).padStart(7)} MB`
