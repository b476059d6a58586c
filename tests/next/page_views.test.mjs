// What people get from a Next.js app with the middleware in it, over HTTP: each variant built, started and asked, with
// an Activation API that counts who was looked up.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { startActivationApi } from '../worker/activation_api.mjs'
import { Browser, newId, visitor } from '../worker/browser.mjs'
import { KEY } from '../worker/site.mjs'
import { startApp } from './app.mjs'
import { variants } from './variants.mjs'
import { COOKIE, made, nobody, PRIVATE, refetch, shown, signedUp, someone } from './visitors.mjs'

const BUDGET_MS = 300
/** What a busy machine may add; a request that waits for the API hangs for ever. */
const SLACK_MS = 1500

let api

before(async () => {
  api = await startActivationApi()
})

after(() => api?.dispose())

for (const variant of variants) {
  describe(variant.name, () => {
    let app

    before(async () => {
      app = await startApp(variant, { ...api.bindings, TICKET_KEYS: KEY })
    })

    after(async () => {
      await app?.dispose()
      if (app) assert.doesNotMatch(app.log(), /error|⨯|RS_ENC/i, 'nothing went wrong unseen')
    })

    /** How many people were looked up while `views` ran. */
    async function lookups(views) {
      const before = api.asked.length
      await views()
      return api.asked.length - before
    }

    test('somebody who signed up has the cookie with the first byte, and the page is theirs alone', async () => {
      for (const path of ['/', '/visitor', '/api/node', '/none']) {
        const browser = await signedUp(app, api)
        const page = await browser.view(path)
        assert.equal(page.status, path === '/none' ? 404 : 200)
        assert.deepEqual(page.set[COOKIE], {
          value: 'true',
          attributes: ['Max-Age=86400', 'Path=/', 'SameSite=Lax', 'Secure'],
        })
        assert.ok(page.set.pintle_ticket.attributes.includes('HttpOnly'))
        assert.match(page.headers['cache-control'], PRIVATE, path)
      }
    })

    test('somebody whom no source knows gets the default', async () => {
      const browser = await someone(app, api)
      const page = await browser.view('/')
      assert.equal(page.set[COOKIE].value, 'false')
      assert.match(page.headers['cache-control'], PRIVATE)
    })

    test('without an anonymous id the response is as Next.js makes it, and nobody is looked up', async () => {
      const asked = await lookups(async () => {
        const page = await nobody(app).view('/')
        assert.deepEqual(page.set, {})
        assert.match(page.headers['cache-control'], /^s-maxage=31536000/)
        assert.doesNotMatch(page.headers.vary, /cookie/i)
        assert.deepEqual(shown(await nobody(app).view('/visitor')), {})
      })
      assert.equal(asked, 0)
    })

    test('the decision can be read in the very request that looked the visitor up', async () => {
      for (const path of ['/visitor', '/api/node', '/api/edge']) {
        const asked = await lookups(async () => {
          const known = await signedUp(app, api)
          assert.deepEqual(shown(await known.view(path)), { signed_up: true }, path)
          const unknown = await someone(app, api)
          assert.deepEqual(shown(await unknown.view(path)), { signed_up: false }, path)
        })
        assert.equal(asked, 2)
      }
    })

    test('the page of somebody who signed up has their button in its HTML', async () => {
      const button = async (browser) =>
        (await browser.view('/visitor')).body.match(/<a class="cta" href="(.*?)">(.*?)</)
      assert.deepEqual((await button(await signedUp(app, api))).slice(1), ['/request-demo', 'Request Demo'])
      assert.deepEqual((await button(await someone(app, api))).slice(1), ['/try-for-free', 'Try for free'])
      assert.deepEqual((await button(nobody(app))).slice(1), ['/try-for-free', 'Try for free'])
    })

    test('the second page asks nobody, changes nothing, and still knows the decision', async () => {
      const browser = await signedUp(app, api)
      const asked = await lookups(async () => {
        await browser.view('/')
        const second = await browser.view('/docs')
        assert.deepEqual(second.set, {})
        assert.match(second.headers['cache-control'], /^s-maxage=31536000/)
        for (const path of ['/visitor', '/api/node', '/api/edge']) {
          assert.deepEqual(shown(await browser.view(path)), { signed_up: true }, path)
        }
        assert.deepEqual(shown(await (await withoutTicket(browser)).view('/api/node')), { signed_up: true })
      })
      assert.equal(asked, 2, 'one for the first page, one for the browser without the ticket')
    })

    test('a link that is followed shows what the ticket says, and looks nobody up', async () => {
      const browser = await signedUp(app, api)
      await browser.view('/')
      const asked = await lookups(async () => {
        const payload = await refetch(browser, '/visitor')
        assert.match(payload.headers['content-type'], /x-component/)
        assert.match(payload.body, /\\"signed_up\\":true/)
        assert.deepEqual(payload.set, {})
      })
      assert.equal(asked, 0)
    })

    /** The same visitor, whose ticket is lost. */
    function withoutTicket({ site, cookies: { pintle_ticket: _, ...others } }) {
      return new Browser(site, others)
    }

    test('static pages stay static, whoever asks', async () => {
      for (const path of ['/', '/docs']) {
        const first = await nobody(app).view(path)
        const known = await signedUp(app, api)
        for (const browser of [known, known, await someone(app, api), nobody(app)]) {
          const page = await browser.view(path)
          assert.equal(page.headers['x-nextjs-cache'], 'HIT')
          assert.equal(page.headers.etag, first.headers.etag)
          assert.equal(made(page), made(first))
          assert.equal(page.body, first.body)
        }
      }
    })

    test('a page that the browser has already is not sent again, but its visitor gets their cookie', async () => {
      const { etag } = (await nobody(app).view('/')).headers
      const browser = await signedUp(app, api)
      const page = await browser.view('/', { headers: { 'if-none-match': etag } })
      assert.deepEqual([page.status, page.body, page.set[COOKIE].value], [304, '', 'true'])
    })

    test('nothing but a person’s view of a page is looked up', async () => {
      const chunk = (await nobody(app).view('/')).body.match(/\/_next\/static\/[^"]+?\.js/)[0]
      const { buildId } = JSON.parse(
        (await nobody(app).view('/props')).body.match(/__NEXT_DATA__[^>]*>(.*?)<\/script>/)[1],
      )
      const image = { accept: 'image/avif,image/webp,*/*', 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' }
      const script = { accept: '*/*', 'sec-fetch-dest': 'script', 'sec-fetch-mode': 'no-cors' }
      const call = { accept: '*/*', 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' }
      const data = `/_next/data/${buildId}/props.json`
      const others = {
        'a chunk': [(browser) => browser.view(chunk, { headers: script }), /javascript/],
        'a chunk, by a browser that says nothing of itself': [(browser) => browser.view(chunk), /javascript/],
        'an optimised image': [
          (browser) => browser.view('/_next/image?url=%2Fpicture.png&w=64&q=75', { headers: image }),
          /^image/,
        ],
        'a picture': [(browser) => browser.view('/picture.png', { headers: image }), /^image/],
        'a link that is prefetched': [
          (browser) => refetch(browser, '/docs', { 'next-router-prefetch': '1' }),
          /x-component/,
        ],
        'a part of a link that is prefetched': [
          (browser) =>
            refetch(browser, '/docs', { 'next-router-prefetch': '1', 'next-router-segment-prefetch': '/_tree' }),
          /x-component|^$/,
        ],
        'a link that is followed': [(browser) => refetch(browser, '/visitor'), /x-component/],
        'a page that the browser prefetches': [
          (browser) => browser.view('/docs', { headers: { purpose: 'prefetch' } }),
          /html/,
        ],
        'a page that the browser prerenders': [
          (browser) => browser.view('/docs', { headers: { 'sec-purpose': 'prefetch;prerender' } }),
          /html/,
        ],
        'the data of a page of the older router': [
          (browser) => browser.view(data, { headers: { ...call, 'x-nextjs-data': '1' } }),
          /json/,
        ],
        'a call of a route handler': [(browser) => browser.view('/api/node', { headers: call }), /json/],
        'a form': [(browser) => browser.view('/docs', { method: 'POST' }), /^/],
        'a bot': [
          (browser) =>
            browser.view('/', {
              headers: { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
            }),
          /html/,
        ],
        'somebody who refused': [(browser) => browser.view('/', { headers: { 'sec-gpc': '1' } }), /html/],
      }
      for (const [what, [view, type]] of Object.entries(others)) {
        const browser = await signedUp(app, api)
        const asked = await lookups(async () => {
          const response = await view(browser)
          assert.ok(response.status < 400 || what === 'a form', `${what}: ${response.status}`)
          assert.match(response.headers['content-type'] ?? '', type, what)
          assert.deepEqual(response.set, {}, what)
        })
        assert.equal(asked, 0, what)
      }
      assert.equal(await lookups(async () => (await signedUp(app, api)).view('/')), 1, 'and a page view is')
    })

    test('a decision from outside is of no effect, whoever sends it', async () => {
      const forged = JSON.stringify({ signed_up: true })
      const outside = [
        { 'x-pintle-decisions': forged },
        { 'X-PINTLE-DECISIONS': forged },
        { 'x-pintle-decisions': encodeURIComponent(forged) },
        { 'x-pintle-decisions': btoa(forged) },
        { 'x-middleware-override-headers': 'x-pintle-decisions', 'x-middleware-request-x-pintle-decisions': forged },
        { 'x-pintle-decisions': forged, 'x-middleware-subrequest': Array(6).fill('middleware').join(':') },
        { 'x-pintle-decisions': forged, 'x-middleware-subrequest': Array(6).fill('src/middleware').join(':') },
        { 'x-pintle-decisions': forged, 'x-middleware-next': '1' },
        { 'x-pintle-decisions': forged, purpose: 'prefetch' },
        { 'x-pintle-decisions': forged, 'user-agent': 'Googlebot/2.1' },
        { 'x-pintle-decisions': forged, accept: '*/*', 'sec-fetch-dest': 'empty' },
      ]
      const known = await someone(app, api)
      await known.view('/')
      for (const headers of outside) {
        for (const path of ['/visitor', '/api/node', '/api/edge']) {
          const what = `${JSON.stringify(headers)} ${path}`
          assert.deepEqual(shown(await nobody(app).view(path, { headers })), {}, what)
          for (const browser of [await someone(app, api), known]) {
            assert.notEqual(shown(await browser.view(path, { headers })).signed_up, true, what)
          }
        }
      }
    })

    test('the endpoint gives the decision and its cookies, to the site’s own pages alone', async () => {
      const own = {
        accept: '*/*',
        'sec-fetch-dest': 'empty',
        'sec-fetch-mode': 'cors',
        'sec-fetch-site': 'same-origin',
      }
      const browser = await signedUp(app, api)
      const answer = await browser.view('/_pintle/decision', { headers: own })
      assert.equal(answer.status, 200)
      assert.equal(answer.headers['cache-control'], 'no-store')
      assert.deepEqual(JSON.parse(answer.body), { decisions: { signed_up: true } })
      assert.equal(answer.set[COOKIE].value, 'true')
      const asked = await lookups(() => browser.view('/_pintle/decision', { headers: own }))
      assert.equal(asked, 0, 'the ticket answers')

      const empty = await nobody(app).view('/_pintle/decision', { headers: own })
      assert.deepEqual(JSON.parse(empty.body).decisions, {})
      assert.deepEqual(empty.set, {})
      const foreign = { ...own, 'sec-fetch-site': 'cross-site' }
      assert.equal((await browser.view('/_pintle/decision', { headers: foreign })).status, 403)
      assert.equal((await browser.view('/_pintle/decision?anonymousId=x', { headers: own })).status, 403)
      assert.equal((await browser.view('/_pintle/decision', { headers: own, method: 'POST' })).status, 405)
    })

    test('the health tells what runs', async () => {
      const { status, body } = await nobody(app).view('/_pintle/health')
      assert.equal(status, 200)
      assert.equal(JSON.parse(body).status, 'ok')
    })
  })

  describe(`${variant.name}, with an API that fails`, () => {
    let app

    before(async () => {
      app = await startApp(variant, { ...api.bindings, TICKET_KEYS: KEY, LOOKUP_BUDGET_MS: `${BUDGET_MS}` })
      await nobody(app).view('/')
    })

    after(async () => {
      api.recover()
      await app?.dispose()
    })

    for (const [what, answer] of Object.entries({
      'that is down': ({ response }) => response.destroy(),
      'that answers 500': ({ response }) => response.writeHead(500).end('{"error":"no"}'),
      'that never answers': () => {},
    })) {
      test(`an API ${what} leaves the page as it is, within the budget`, async () => {
        const plain = await nobody(app).view('/')
        api.answer = answer
        const browser = new Browser(app, visitor(newId()))
        const asked = api.asked.length
        const started = performance.now()
        const page = await browser.view('/')
        const took = performance.now() - started
        assert.equal(api.asked.length, asked + 1, 'it was asked')
        assert.equal(page.status, 200)
        assert.deepEqual(page.set, {})
        assert.equal(page.body, plain.body)
        assert.equal(page.headers['cache-control'], plain.headers['cache-control'])
        assert.ok(took < BUDGET_MS + SLACK_MS, `${took} ms`)
        assert.doesNotMatch(app.log(), /RS_ENC|token-of-the-tests/)
      })
    }

    test('a decision of yesterday stays', async () => {
      api.answer = ({ response }) => response.destroy()
      const browser = new Browser(app, { ...visitor(newId()), [COOKIE]: 'true' })
      const page = await browser.view('/')
      assert.deepEqual(page.set, {})
      assert.equal(browser.cookies[COOKIE], 'true')
    })
  })

  describe(`${variant.name}, without keys for tickets`, () => {
    let app

    before(async () => {
      app = await startApp(variant, api.bindings)
    })

    after(() => app?.dispose())

    test('every page view is looked up, and its decision is read and cannot be forged', async () => {
      const forged = { 'x-pintle-decisions': JSON.stringify({ signed_up: true }) }
      const known = await signedUp(app, api)
      const asked = api.asked.length
      for (const path of ['/visitor', '/api/node', '/api/edge']) {
        assert.deepEqual(shown(await known.view(path)), { signed_up: true }, path)
        assert.deepEqual(shown(await nobody(app).view(path, { headers: forged })), {}, path)
      }
      assert.equal(api.asked.length, asked + 3)
      assert.match(app.log(), /TICKET_KEYS is not set/)
    })
  })
}
