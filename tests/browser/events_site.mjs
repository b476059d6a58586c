// The demo site with RudderStack's SDK on each page, which sends to the site's own origin: Chromium, a server that can go
// down, and behind it the Worker with people's objects. What became of events is read by the Activation API.

import { PassThrough } from 'node:stream'
import { eventually } from '../worker/browser.mjs'

import { KEY, startServer } from '../worker/site.mjs'
import { visit } from './chromium.mjs'
import { at } from './pages.mjs'
import { stayLocal } from './rudderstack.mjs'
import { handOn, startTaggedSite } from './tagged_site.mjs'

const VIEW = 'WEB_PERSONALIZATION:FEATURES_BY_ANON'
const WRITE_KEY = 'write-key-of-the-tests'
const TOKEN = 'token-of-the-tests'
const numbers = { value: 'properties.n', n: 50 }

export const PERSONALIZATION = JSON.stringify({
  view: VIEW,
  features: { signed_up: { defaultValue: false, rules: [{ condition: { USER_APP_SIGN_UP: 1 }, force: true }] } },
  deliver: [{ feature: 'signed_up', cookie: { name: 'rs_activation_signed_up', maxAge: '1d' } }],
  profile: {
    USER_APP_SIGN_UP: { exists: { trait: 'createdAt' }, as: 'number' },
    PLAN: { last: { trait: 'plan' } },
    PATHS: { lastN: { type: 'page', value: 'properties.path', n: 50 } },
    CLICKS: { lastN: { event: 'Clicked', ...numbers } },
    GROUP: { last: { type: 'group', value: 'groupId' } },
    ALIASES: { count: { type: 'alias' } },
  },
})

/**
 * Starts it. Resolves to
 * - `at(pathname)`: the URL of a page;
 * - `open(page, pathname, options)`: opens one whose SDK has these load options (JavaScript), and waits until it is ready;
 * - `openWith(page, pathname, head)`: the same, with all that a page has at the start of its head;
 * - `newVisitor()`: a tab of somebody new that can only reach this machine;
 * - `collected`: what was sent to the gateway, as `{ path, status }`, in the order of the answers;
 * - `fails`: how events fail, when not `undefined`: a status, `hangs up` or `loses its answers`;
 * - `knows(id, type)`: the features of an alias, by the Activation API; and `dispose`.
 */
export async function startEventsSite(rudderstack, { bindings = {} } = {}) {
  const tagged = await startTaggedSite({
    bindings: {
      TICKET_KEYS: KEY,
      PERSONALIZATION,
      PROFILE_SOURCES: 'people',
      INGEST_PATH: '/collect',
      WRITE_KEYS: WRITE_KEY,
      ACTIVATION_TOKEN: TOKEN,
      ...bindings,
    },
  })
  const front = await startServer((request, response) => {
    const path = request.url.split('?')[0]
    const isEvents = request.method === 'POST' && path.startsWith('/collect/')
    if (isEvents) response.on('close', () => site.collected.push({ path, status: response.statusCode }))
    if (isEvents && site.fails === 'hangs up') response.destroy()
    // What was kept is kept, and whoever sent it never hears of it.
    else if (isEvents && site.fails === 'loses its answers')
      handOn(
        request,
        Object.assign(new PassThrough(), { writeHead() {} })
          .resume()
          .on('end', () => response.destroy()),
        tagged.direct,
      )
    else if (isEvents && site.fails) response.writeHead(site.fails).end('down')
    else handOn(request, response, tagged.direct)
  })
  const site = {
    at: (pathname) => at(front, pathname),
    collected: [],
    fails: undefined,
    open(page, pathname = '/', options = '') {
      const to = { url: site.at('/collect'), configUrl: site.at('/collect'), writeKey: WRITE_KEY }
      return site.openWith(page, pathname, `<script>${rudderstack.snippet('v3', options, to)}</script>`)
    },
    async openWith(page, pathname, head) {
      tagged.head = head
      const response = await page.goto(site.at(pathname))
      await page.evaluate(() => new Promise((resolve) => rudderanalytics.ready(resolve)))
      return response
    },
    async newVisitor(browser) {
      const page = await visit(browser, site.at('/'), { bar: false })
      return { page, elsewhere: await stayLocal(page.context()) }
    },
    async knows(value, type = 'anonymous_id') {
      const body = JSON.stringify({ entity: 'user', destinationId: 'any', id: { type, value } })
      const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
      const answer = await fetch(new URL('/v1/activation', tagged.direct), { method: 'POST', headers, body })
      return (await answer.json()).data[VIEW] ?? {}
    },
    /** Waits until the features of an alias are as `is` says. */
    async becomes(what, id, is, type) {
      let known
      const isSo = async () => {
        known = await site.knows(id, type)
        return is(known)
      }
      await eventually(what, isSo).catch((error) => {
        throw new Error(`${error.message}: ${JSON.stringify(known)}`)
      })
      return known
    },
    dispose: () => Promise.all([tagged.dispose(), front.dispose()]),
  }
  return site
}
