// What the Worker weighs: to upload, to start, and in memory after many requests.

import { execFile, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

import { median } from './ask.mjs'
import { loaded } from './cpu.mjs'
import { memoryOf } from './inspector.mjs'
import { BYTES, grounds, pintle } from './site.mjs'
import { startWorkerd } from './workerd.mjs'

/** The two entries of the Worker, each with its folder below the build's and the modules that are uploaded with it. */
export const ENTRIES = {
  'pintle/worker': { folder: 'pages', modules: ['pintle.wasm'] },
  'pintle/worker/feed': { folder: '.', modules: ['pintle.wasm', 'feed.wasm'] },
}

/** The bytes of what is uploaded of an entry by file, each compressed by gzip as wrangler counts it. */
export async function upload(build, { folder, modules }) {
  const gzip = async (file) => [file, gzipSync(await readFile(path.join(build, folder, file))).length]
  return Object.fromEntries(await Promise.all(['worker.mjs', ...modules].map(gzip)))
}

/**
 * What an entry takes to start, in CPU milliseconds, by the parts that start.mjs tells apart. Measured in Node.js, whose
 * V8 is about workerd's, each time in a new process. The modules are compiled before, as Cloudflare does when they are uploaded;
 * that time is told apart, as `compile`.
 */
export async function start(build, { folder }) {
  const samples = []
  for (let n = 0; n < 9; n += 1) {
    const program = [path.join(import.meta.dirname, 'start.mjs'), path.join(build, folder), 'worker.mjs']
    samples.push(JSON.parse((await promisify(execFile)(process.execPath, program)).stdout))
  }
  return Object.fromEntries(Object.keys(samples[0]).map((part) => [part, median(samples.map((it) => it[part]))]))
}

/**
 * The memory of Pintle's isolate in bytes after 1,000 and after `requests` requests: a third each of visitors who are
 * found, who are not, and who come without a cookie. `heap` is JavaScript's after a collection, `buffers`
 * lie outside it, wasm's memory among them; `rss` is the whole process, with the other Workers and V8's slack.
 */
export async function memory(folder, { requests }) {
  const workerd = await startWorkerd({ ...grounds(), pintle: pintle(folder, 'kv') }, { inspector: true })
  const loader = fork(path.join(import.meta.dirname, 'load.mjs'))
  let visitors = 1
  const ask = async (count) => {
    const port = workerd.ports.pintle
    const jobs = [
      { first: visitors, expect: { bytes: BYTES, cookie: true } },
      { first: visitors, kind: 'unknown0', expect: { bytes: BYTES, cookie: false } },
      { expect: { bytes: BYTES, cookie: false } },
    ]
    visitors += count
    for (const job of jobs) await loaded(loader, { port, requests: Math.ceil(count / 3), ...job }, 'memory')
  }
  const measure = async () => ({
    ...(await memoryOf(workerd.ports.inspector, 'pintle')),
    rss: (await workerd.rssKb()) * 1024,
  })
  try {
    await ask(1_000)
    const early = await measure()
    await ask(requests - 1_000)
    return { early, late: await measure() }
  } finally {
    loader.kill()
    await workerd.stop()
  }
}
