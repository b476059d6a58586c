// A browser as the Worker sees one: what it sends byte for byte, and the cookies it keeps.

import { randomUUID } from 'node:crypto'
import http from 'node:http'

import { getEncryptedValue } from '@rudderstack/analytics-js-cookies'
import CryptoJS from 'crypto-js'

const agent = new http.Agent({ keepAlive: false })

/** An anonymous id that nobody has yet. */
export const newId = () => randomUUID()

/** `value` as each generation of RudderStack's SDK writes it into a cookie, before URI encoding. */
export const written = {
  v3: (value) => getEncryptedValue(value),
  legacy: (value) => legacyText(JSON.stringify(value)),
  plain: (value) => JSON.stringify(value),
}

/** A legacy layer around a text that is not JSON, as the migrator leaves it. */
export const legacyText = (text) => `RudderEncrypt:${CryptoJS.AES.encrypt(text, 'Rudder')}`

/** The `rl_anonymous_id` cookie of a visitor, as today's SDK writes it. */
export const visitor = (id) => ({ rl_anonymous_id: encodeURIComponent(written.v3(id)) })

/** What a browser sends when somebody opens a page. */
const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
}

/** Sends one request; resolves to its status, headers (as they came, too) and body. */
export function send(url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status, headers, rawHeaders } = response
        resolve({ status, headers, rawHeaders, body: Buffer.concat(chunks).toString() })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Somebody's browser on one site. Its `cookies` are as they stand in a `Cookie` header. */
export class Browser {
  constructor(site, cookies = {}) {
    this.site = site
    this.cookies = { ...cookies }
  }

  /**
   * Opens a page, and keeps the cookies that it sets. A header that is `undefined` is not sent.
   * The response's `set` holds each cookie that was set, by name: `value` and `attributes`.
   */
  async view(path = '/', { method, headers = {}, body } = {}) {
    const cookie = Object.entries(this.cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
    const sent = { ...NAVIGATION, ...(cookie && { cookie }), ...headers }
    for (const [name, value] of Object.entries(sent)) if (value === undefined) delete sent[name]
    const bytes = typeof body === 'object' ? JSON.stringify(body) : body
    const response = await send(new URL(path, this.site.url), { method, headers: sent, body: bytes })
    const set = {}
    for (const line of response.headers['set-cookie'] ?? []) {
      const [pair, ...attributes] = line.split('; ')
      const [name, value] = pair.split(/=(.*)/s)
      set[name] = { value, attributes: attributes.sort() }
      if (attributes.includes('Max-Age=0')) delete this.cookies[name]
      else this.cookies[name] = value
    }
    return { ...response, set }
  }
}

/** Waits until `probe` gives something, and resolves to it. */
export async function eventually(what, probe, patienceMs = 10_000) {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const found = await probe()
    if (found) return found
    if (Date.now() > deadline) throw new Error(`it never came about that ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
