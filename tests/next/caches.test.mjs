// Shared caches before Next.js: real nginx, as people configure it, and several visitors. Nobody ever gets what was
// made for somebody else, and what was made for nobody in particular is still kept.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { nginx } from '../../scripts/tools.mjs'
import { startActivationApi } from '../worker/activation_api.mjs'
import { KEY } from '../worker/site.mjs'
import { startApp } from './app.mjs'
import { startCache } from './nginx.mjs'
import { variants } from './variants.mjs'
import { COOKIE, made, nobody, shown, signedUp, someone } from './visitors.mjs'

const CACHES = {
  'a cache that does as it is told': '',
  'a cache that ignores Set-Cookie': 'proxy_ignore_headers Set-Cookie;',
  'a cache that ignores Set-Cookie and asks again': `
    proxy_ignore_headers Set-Cookie; proxy_cache_revalidate on; proxy_cache_lock on; proxy_cache_use_stale updating;`,
  'a cache that ignores Set-Cookie and whatever is meant for it alone':
    'proxy_ignore_headers Set-Cookie X-Accel-Expires;',
}

/** Pages that say nothing of caching themselves, and pages whose author allows every shared cache to keep them. */
const STATIC = ['/', '/docs']
const PUBLIC = ['/api/public', '/props']
/** Pages that tell what was decided; the last allows shared caches to keep that. */
const PERSONAL = ['/visitor', '/api/node', '/api/careless']

/** What a page tells is its visitor's, or, when a shared cache may keep it, nobody's. */
function assertTheirs(page, decided, path) {
  const decisions = shown(page)
  const isNobodys = page.headers['x-cache-status'] === 'HIT' && Object.keys(decisions).length === 0
  if (!isNobodys) assert.deepEqual(decisions, decided, path)
}

/** Why nothing of this can be seen here, if so. */
const skip = !(await nginx()) && 'there is no nginx: install it, or set NGINX to its path'

let api

before(async () => {
  api = await startActivationApi()
})

after(() => api?.dispose())

for (const variant of variants) {
  describe(variant.name, { skip }, () => {
    let app

    before(async () => {
      app = await startApp(variant, { ...api.bindings, TICKET_KEYS: KEY })
    })

    after(() => app?.dispose())

    for (const [what, directives] of Object.entries(CACHES)) {
      // Next.js adds a Vary of its own to ours, and nginx before 1.23 obeys one of two: an author who shares what is
      // personal is saved by X-Accel-Expires alone.
      const personal = PERSONAL.filter((path) => path !== '/api/careless' || !directives.includes('X-Accel-Expires'))
      const pages = [...STATIC, ...PUBLIC, ...personal, '/none']

      describe(what, () => {
        let cache

        before(async () => {
          cache = await startCache(app.url, directives)
        })

        after(() => cache?.dispose())

        test('gives nobody the cookie, ticket or decision of somebody else', async () => {
          const visitors = [
            { browser: await signedUp(cache, api), decided: { signed_up: true } },
            { browser: await someone(cache, api), decided: { signed_up: false } },
            { browser: nobody(cache), decided: {} },
            { browser: await signedUp(cache, api), decided: { signed_up: true } },
          ]
          const owners = new Map()
          // Once around for each of them to be the first, and to come back with a ticket.
          for (let round = 0; round < 2 * visitors.length; round++) {
            const [first, ...others] = pages.slice(round % pages.length).concat(pages.slice(0, round % pages.length))
            for (const path of [first, ...others]) {
              for (const visitor of [...visitors.slice(round % 4), ...visitors.slice(0, round % 4)]) {
                const page = await visitor.browser.view(path)
                const { [COOKIE]: cookie, pintle_ticket: ticket, ...more } = page.set
                assert.deepEqual(more, {})
                if (cookie) assert.equal(cookie.value, `${visitor.decided.signed_up}`, path)
                if (cookie || ticket) assert.notEqual(page.headers['x-cache-status'], 'HIT', path)
                if (ticket) assert.equal(owners.get(ticket.value) ?? visitor, visitor, path)
                if (ticket) owners.set(ticket.value, visitor)
                if (PERSONAL.includes(path)) assertTheirs(page, visitor.decided, path)
              }
            }
          }
          assert.ok(owners.size >= 3, 'they got tickets')
          assert.deepEqual(visitors[2].browser.cookies, {})
        })

        test('keeps nothing of the first visitor’s for the second', async () => {
          for (const path of pages) {
            // A page of its own for this test, which nobody has asked for yet.
            const fresh = `${path}?first=${what.length}`
            const first = await (await signedUp(cache, api)).view(fresh)
            assert.equal(first.set[COOKIE].value, 'true', path)
            const second = await nobody(cache).view(fresh)
            assert.deepEqual(second.set, {}, path)
            if (path !== '/none') assert.equal(second.headers['x-cache-status'], 'MISS', path)
          }
        })

        test('keeps what was made for nobody in particular, and gives it to everybody without a visitor', async () => {
          for (const path of [...STATIC, ...PUBLIC]) {
            const fresh = `${path}?kept`
            await (await signedUp(cache, api)).view(fresh)
            const first = await nobody(cache).view(fresh)
            const second = await nobody(cache).view(fresh)
            assert.deepEqual(
              [first, second].map(({ headers }) => headers['x-cache-status']),
              ['MISS', 'HIT'],
              path,
            )
            assert.equal(made(second), made(first), path)
          }
        })
      })
    }
  })
}
