// HTTP as it is on the wire: paths and headers go out as they are written, nothing is followed,
// decoded or normalised, and a response is told with its headers one by one and its exact bytes.

import http from 'node:http'

/**
 * Sends one request to `url`, for exactly `path`; `body` is bytes, or an iterable that is sent in chunks.
 * Resolves as soon as the headers are there: `status`, `headers` (pairs as they came, names in lower
 * case), `all(name)`, `one(name)`, and the `stream`.
 */
export function open(url, { path = '/', method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(url)
    const request = http.request({ host, port, path, method, headers, agent: false }, (stream) => {
      const raw = stream.rawHeaders
      const pairs = raw.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1]]] : []))
      const all = (name) => pairs.filter(([other]) => other === name).map(([, value]) => value)
      resolve({
        status: stream.statusCode,
        headers: pairs,
        all,
        one: (name) => all(name).join(' | ') || undefined,
        stream,
      })
    })
    request.on('error', reject)
    if (body?.[Symbol.iterator] && typeof body !== 'string' && !Buffer.isBuffer(body)) {
      for (const chunk of body) request.write(chunk)
      request.end()
    } else request.end(body)
  })
}

/** Sends one request and reads the whole response: `bytes`, and `text` of it. */
export async function exchange(url, request) {
  const response = await open(url, request)
  const chunks = []
  for await (const chunk of response.stream) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  return { ...response, bytes, text: bytes.toString() }
}

/** Rejects when `promise` takes longer than any machine should need. */
export function inTime(promise, what) {
  let timer
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${what} hangs`)), 20_000)))
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
