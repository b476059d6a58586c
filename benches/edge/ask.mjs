// One request at a time, and what came back.

import http from 'node:http'

import { navigation } from './visitors.mjs'

const agent = new http.Agent({ keepAlive: true })

/** Opens a page with `cookies`; resolves to `status`, `headers` (pairs), `cookies` (those that were set), `body` and `ms`. */
export function ask(port, cookies = [], { signal } = {}) {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, agent, signal, headers: navigation(cookies) }
    const request = http.get(options, async (response) => {
      const chunks = []
      for await (const chunk of response) chunks.push(chunk)
      const raw = response.rawHeaders
      const headers = raw.flatMap((name, at) => (at % 2 ? [] : [[name.toLowerCase(), raw[at + 1]]]))
      resolve({
        status: response.statusCode,
        headers,
        cookies: (response.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]),
        body: Buffer.concat(chunks).toString(),
        ms: performance.now() - started,
      })
    })
    request.on('error', reject)
  })
}

/** The text at the root of a source: how often it was asked. */
export const asked = async (port) => Number(await (await fetch(`http://127.0.0.1:${port}/`)).text())

/** The jar of one browser: cookies by name, changed by what each answer sets. */
export function jar(cookies) {
  const kept = new Map(cookies.map((cookie) => [cookie.split('=')[0], cookie]))
  return {
    cookies: () => [...kept.values()],
    keep: (answer) => answer.cookies.forEach((cookie) => void kept.set(cookie.split('=')[0], cookie)),
  }
}

export const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}
