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

/** The bytes of what is uploaded, each file compressed by gzip as wrangler counts it. */
export async function upload(folder) {
  const gzip = async (file) => gzipSync(await readFile(path.join(folder, file))).length
  return { script: await gzip('worker.mjs'), wasm: await gzip('pintle.wasm') }
}

/**
 * CPU milliseconds until the Worker could take its first request: its top-level code, which instantiates the module
 * and gives it its settings. Measured in Node.js, whose V8 is about workerd's, each time in a new process. The
 * module is compiled before, as Cloudflare does when it is uploaded; that time is told apart, as `compile`.
 */
export async function start(folder) {
  const samples = []
  for (let n = 0; n < 9; n += 1) {
    const program = path.join(import.meta.dirname, 'start.mjs')
    samples.push(JSON.parse((await promisify(execFile)(process.execPath, [program, folder])).stdout))
  }
  return { start: median(samples.map(({ start }) => start)), compile: median(samples.map(({ compile }) => compile)) }
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
