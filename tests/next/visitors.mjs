// Who opens pages of the Next.js apps, and what the pages tell them.

import assert from 'node:assert/strict'

import { Browser, newId, visitor } from '../worker/browser.mjs'

export const COOKIE = 'rs_activation_signed_up'

/** What is said of a page that was made for one visitor. */
export const PRIVATE = /^private, .*no-store/

/** A browser of somebody whose profile has `features`; without features no source knows them. */
export async function someone(app, api, features) {
  const id = newId()
  if (features) await api.knows(id, features)
  return new Browser(app, visitor(id))
}

export const signedUp = (app, api) => someone(app, api, { USER_APP_SIGN_UP: 1 })

/** A browser without cookies. */
export const nobody = (app) => new Browser(app)

/** The decisions that a response shows, be it a page or JSON. */
export function shown({ headers, body }) {
  if (headers['content-type'].startsWith('application/json')) return JSON.parse(body)
  const text = body.match(/<pre id="decisions">(.*?)<\/pre>/)?.[1]
  assert.ok(text, 'the page shows decisions')
  return JSON.parse(text.replaceAll('&quot;', '"'))
}

/** When a static page was built, or a dynamic one was made. */
export const made = ({ body }) => body.match(/<p id="(?:built|made)">(.*?)<\/p>/)?.[1]

/** What Next.js' own client sends when it follows a link, or only prepares to. */
const RSC = {
  rsc: '1',
  accept: '*/*',
  'next-url': '/',
  'sec-fetch-dest': 'empty',
  'sec-fetch-mode': 'cors',
  'sec-fetch-site': 'same-origin',
}

/** Asks for a page as Next.js' own client does; Next.js 16 redirects once, to the URL with the right `_rsc`. */
export async function refetch(browser, path, more = {}) {
  const headers = { ...RSC, ...more }
  const response = await browser.view(`${path}?_rsc=1abcd`, { headers })
  return response.status === 307 ? browser.view(response.headers.location, { headers }) : response
}
