// A Next.js app with a personalization and a source of profiles of its own (`createMiddleware`), and with the decision
// endpoint as a route handler: its matcher keeps the middleware away from that path.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { startActivationApi } from '../worker/activation_api.mjs'
import { Browser, eventually, newId, visitor } from '../worker/browser.mjs'
import { KEY, startServer } from '../worker/site.mjs'
import { startApp } from './app.mjs'
import { ownVariants } from './variants.mjs'
import { COOKIE, nobody, shown, signedUp, someone } from './visitors.mjs'

const answers = {
  pro: (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"PLAN":"pro"}'),
  free: (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"PLAN":"free"}'),
  unknown: (response) => response.writeHead(404).end(),
  broken: (response) => response.writeHead(500).end(),
  hanging: () => {},
}

for (const variant of ownVariants) {
  describe(variant.name, () => {
    let api, app, profiles
    const aborted = []

    before(async () => {
      api = await startActivationApi()
      // The profiles of the site's own: what is answered stands in the id.
      profiles = await startServer((request, response) => {
        response.on('close', () => response.writableFinished || aborted.push(request.url))
        answers[request.url.split('-')[0].slice(1)](response)
      })
      app = await startApp(variant, { ...api.bindings, TICKET_KEYS: KEY, PROFILES_URL: profiles.url })
    })

    after(() => Promise.all([app, profiles, api].map((running) => running?.dispose())))

    const whose = (answer) => new Browser(app, visitor(`${answer}-${newId()}`))

    test('a profile of the site’s own decides what the site’s own personalization says', async () => {
      for (const [answer, plan] of Object.entries({ pro: 'paying', free: 'trying', unknown: 'none' })) {
        const browser = whose(answer)
        const asked = profiles.requests.length
        const page = await browser.view('/visitor')
        assert.deepEqual(page.set.site_plan, {
          value: plan,
          attributes: ['Max-Age=7200', 'Path=/', 'SameSite=Lax', 'Secure'],
        })
        assert.deepEqual(shown(page), { plan })
        const second = await browser.view('/api/edge')
        assert.deepEqual([second.set, shown(second)], [{}, { plan }])
        assert.equal(profiles.requests.length, asked + 1)
      }
      assert.equal(api.asked.length, 0)
    })

    test('a profile that fails or hangs leaves the page as it is, and is given up', async () => {
      for (const answer of ['broken', 'hanging']) {
        const asked = profiles.requests.length
        const started = performance.now()
        const page = await whose(answer).view('/')
        assert.ok(performance.now() - started < 2000, 'within the budget, and what a busy machine adds')
        assert.equal(profiles.requests.length, asked + 1)
        assert.equal(page.status, 200)
        assert.deepEqual(page.set, {})
        assert.match(page.headers['cache-control'], /^s-maxage=31536000/)
      }
      await eventually('the question that hung was taken back', () => aborted.length)
    })

    test('the route handler answers with the decision and its cookies, every time anew', async () => {
      const own = {
        accept: '*/*',
        'sec-fetch-dest': 'empty',
        'sec-fetch-mode': 'cors',
        'sec-fetch-site': 'same-origin',
      }
      const ask = (browser, more) => browser.view('/_pintle/decision', { headers: { ...own, ...more } })
      const empty = await ask(nobody(app))
      assert.deepEqual([JSON.parse(empty.body).decisions, empty.set], [{}, {}])
      for (const [browser, isSignedUp] of [
        [await signedUp(app, api), true],
        [await someone(app, api), false],
      ]) {
        const asked = api.asked.length
        const answer = await ask(browser)
        assert.equal(answer.headers['cache-control'], 'no-store')
        assert.deepEqual(JSON.parse(answer.body), { decisions: { signed_up: isSignedUp } })
        assert.equal(answer.set[COOKIE].value, `${isSignedUp}`)
        assert.equal(api.asked.length, asked + 1)
        await ask(browser)
        assert.equal(api.asked.length, asked + 1, 'the ticket answers')
      }
      assert.equal((await ask(await signedUp(app, api), { 'sec-fetch-site': 'cross-site' })).status, 403)
      assert.equal((await nobody(app).view('/_pintle/decision', { method: 'POST', headers: own })).status, 405)
    })
  })
}
