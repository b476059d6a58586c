// An origin that tells what it was asked, a site in front of it, and the two ways in which its page may come: plain, or
// personalised.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'

import { visitor } from './browser.mjs'
import { exchange, inTime } from './raw.mjs'
import { KEY, startServer, startSite } from './site.mjs'

export const COOKIE = 'rs_activation_signed_up'
export const PROFILE = '{"WEB_PERSONALIZATION:FEATURES_BY_ANON":{"USER_APP_SIGN_UP":1}}'

/** Starts the origin. What is asked of `/held…` is `held` until it is let go. */
export async function startTellingOrigin() {
  const held = []
  const origin = await startServer((request, response) => {
    let length = 0
    request.on('data', (chunk) => (length += chunk.length))
    request.on('end', () => {
      const answer = () =>
        response.writeHead(200, { 'content-type': 'text/html' }).end(`${request.method} ${request.url} ${length}`)
      if (request.url.startsWith('/held')) held.push(answer)
      else answer()
    })
  })
  return Object.assign(origin, { held })
}

/** Starts a site in front of the origin, for the time of one test. */
export async function startsBefore(origin, t, options) {
  const bindings = { ORIGIN_URL: origin.url, TICKET_KEYS: KEY, ...options?.bindings }
  const site = await startSite({ assets: false, ...options, bindings })
  t.after(() => site.dispose())
  return site
}

const cookies = (pairs) => ({
  cookie: Object.entries(pairs)
    .map((pair) => pair.join('='))
    .join('; '),
})

/** A page view of somebody, with more cookies. */
export const view = (id, more = {}) => ({ accept: 'text/html', ...cookies({ ...visitor(id), ...more }) })

/** A page view of somebody who is signed up, and was never here. */
export async function signedUp(site, id = randomUUID()) {
  await site.profiles.put(`user:anonymous_id:${id}`, PROFILE)
  return view(id)
}

/** Sends a request, which must be answered as long as the origin answers. */
export const get = (site, headers, path = '/') => inTime(exchange(site.direct, { path, headers }), path)

export const isPersonalised = (response) =>
  response.all('set-cookie').some((cookie) => cookie.startsWith(`${COOKIE}=true;`))

export function assertPlain(response, text = 'GET / 0') {
  assert.deepEqual([response.status, response.text], [200, text])
  assert.deepEqual(response.all('set-cookie'), [])
}

export function assertPersonalised(response) {
  assert.deepEqual([response.status, response.text], [200, 'GET / 0'])
  assert.ok(isPersonalised(response), 'the page is not personalised')
}
