// A crowd's events into workerd, which is killed again and again, and what the objects and KV then know beside the
// reference. KV runs outside of it, and survives; whoever gets no 200 sends again, as RudderStack's SDKs do.

import assert from 'node:assert/strict'
import http from 'node:http'
import path from 'node:path'

import { root } from '../../../scripts/project.mjs'
import { generator } from '../../../tests/random.mjs'
import { startWorkerd } from '../../edge/workerd.mjs'
import { startKv } from './kv.mjs'
import { NOBODY, reference } from './reference.mjs'

const CONNECTIONS = 16
const KEY = 'key-of-a-server'
const AUTHORIZATION = `Basic ${btoa(`${KEY}:`)}`

/** The modules of the built Worker below `entry`. */
export const modules = (entry) => ({
  'worker.mjs': entry,
  'pintle.wasm': path.join(root, 'build/pintle.wasm'),
  'feed.wasm': path.join(root, 'build/feed.wasm'),
})

/**
 * Sends all events of `crowd` to objects whose storage is `folder`, and kills workerd `kills` times. Resolves to counts
 * of what was sent, and of the aliases that were compared; rejects at the first that is not as the reference says.
 */
export async function soak({ crowd, personalization, folder, kills, seed, log }) {
  const kv = await startKv()
  const start = () =>
    startWorkerd({
      pintle: {
        modules: modules(path.join(import.meta.dirname, '../workers/told.mjs')),
        text: { PERSONALIZATION: personalization, PROFILE_SOURCES: 'people', WRITE_KEYS: `${KEY}=server` },
        kv: { PROFILES: 'kv' },
        objects: { PEOPLE: { of: 'Person', folder } },
      },
      kv: { address: kv.address },
    })
  const run = { workerd: await start(), start, log }
  try {
    const sent = await send(run, crowd, kills, generator(seed))
    log(`all events were answered 200; ${sent.unanswered} requests were sent again`)
    const compared = await compare(run, crowd, kv)
    return { ...sent, ...compared, log: run.workerd.said() }
  } catch (error) {
    throw new Error(`${error.message}\nworkerd said: ${run.workerd.said().slice(-2_000)}`, { cause: error })
  } finally {
    await run.workerd.stop()
    await kv.stop()
  }
}

/** Sends everything, a few events a request, and what was not answered 200 again. */
async function send(run, crowd, kills, draw) {
  const { order } = crowd
  const counts = { events: order.length, requests: 0, unanswered: 0, kills: 0 }
  const again = []
  let [next, answered, told] = [0, 0, Date.now()]
  const batch = () => {
    const from = next
    next = Math.min(order.length, from + 1 + draw(20))
    return Array.from(order.subarray(from, next))
  }
  const isTime = () =>
    counts.kills < kills && answered >= (order.length / kills) * (counts.kills + 1) - order.length / kills / 2
  const connection = async () => {
    while (answered < order.length) {
      const numbers = again.pop() ?? (next < order.length ? batch() : [])
      // Others still wait for answers, and may have to send again.
      if (numbers.length === 0) await new Promise((resolve) => setTimeout(resolve, 50))
      else if (await isTaken(run.workerd.ports.pintle, numbers.map(crowd.event))) answered += numbers.length
      else again.push(numbers)
      counts.requests += Number(numbers.length > 0)
      if (isTime()) {
        counts.kills += 1
        await killed(run, counts.kills)
      }
      if (Date.now() - told > 10_000) {
        told = Date.now()
        run.log(`${answered} of ${order.length} events`)
      }
    }
  }
  const isTaken = async (port, events) => {
    const status = await post(port, '/v1/batch', JSON.stringify({ batch: events })).then(
      ({ status }) => status,
      () => 0,
    )
    if (status !== 200) {
      counts.unanswered += 1
      await run.starting
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return status === 200
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, connection))
  // Whatever is not on the disk now is lost.
  if (kills > 0) {
    counts.kills += 1
    await killed(run, counts.kills)
  }
  return counts
}

async function killed(run, time) {
  run.starting = run.workerd.stop().then(async () => {
    run.workerd = await run.start()
  })
  await run.starting
  run.log(`killed, and started again: ${time}`)
}

/** What every alias' object and KV say, beside the reference. */
async function compare(run, crowd, kv) {
  const counts = { aliases: 0, known: 0 }
  const wrong = []
  let told = Date.now()
  const ask = async (expected) => {
    const answers = await toldOf([...expected.keys()])
    ;[...expected].forEach(([alias, features], at) => {
      counts.aliases += 1
      counts.known += Number(answers[at] !== null)
      if (!isRight(answers[at], features)) wrong.push(`${alias}: ${answers[at]} instead of ${features}`)
    })
  }
  // workerd keeps the files of an object open for a minute or two, and a process may have so many: then it fails until
  // some have left.
  const toldOf = async (aliases, times = 30) => {
    try {
      const { status, text } = await post(run.workerd.ports.pintle, '/told', JSON.stringify(aliases))
      assert.equal(status, 200, text)
      return JSON.parse(text)
    } catch (error) {
      if (times === 1) throw error
      await new Promise((resolve) => setTimeout(resolve, 5_000))
      return toldOf(aliases, times - 1)
    }
  }
  let waiting = new Map()
  const isInKv = ([alias, features]) => isRight(kv.get(`user:${alias}`) ?? null, features)
  for (const events of crowd.pairs()) {
    for (const entry of reference(events)) waiting.set(...entry)
    if (waiting.size < 100) continue
    await ask(waiting)
    assert.deepEqual(wrong, [], 'objects that are not as the reference')
    kv.expected.push(...waiting)
    waiting = new Map()
    if (Date.now() - told > 10_000) {
      told = Date.now()
      run.log(`${counts.aliases} aliases compared`)
    }
  }
  await ask(waiting)
  assert.deepEqual(wrong, [], 'objects that are not as the reference')
  kv.expected.push(...waiting)
  // KV hears of it after the answer.
  for (let left = kv.expected.filter((entry) => !isInKv(entry)), since = Date.now(); left.length > 0; ) {
    const after = left.filter((entry) => !isInKv(entry))
    if (after.length < left.length) since = Date.now()
    left = after
    assert.ok(Date.now() - since < 60_000, `KV is not as the reference: ${left.slice(0, 3)}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return counts
}

/** Whom nobody knows has what somebody has of whom nothing was heard. */
function isRight(data, features) {
  if (data === null) return features === NOBODY
  return data === `{"V":${features}}`
}

/** workerd closes a connection that was idle for five seconds: one that idles for less is not used again. */
const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS, timeout: 2_000 })

export function post(port, target, body) {
  const headers = {
    authorization: AUTHORIZATION,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: target, method: 'POST', agent, headers }
    const request = http.request(options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode, text }))
      response.on('error', reject)
      response.on('aborted', () => reject(new Error('the answer broke off')))
    })
    request.on('error', reject)
    request.end(body)
  })
}
