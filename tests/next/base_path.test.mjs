// A Next.js app below a path of its host (`basePath`), whose pages' addresses end in a slash (`trailingSlash`).

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { startActivationApi } from '../worker/activation_api.mjs'
import { KEY } from '../worker/site.mjs'
import { startApp } from './app.mjs'
import { COOKIE, PRIVATE, shown, signedUp } from './visitors.mjs'

const variant = {
  version: '16',
  middleware: 'proxy',
  file: 'proxy.ts',
  bundler: 'turbopack',
  name: 'next-16-base-path',
  options: { basePath: '/shop', trailingSlash: true },
}
let api, app

before(async () => {
  api = await startActivationApi()
  app = await startApp(variant, { ...api.bindings, TICKET_KEYS: KEY })
})
after(() => Promise.all([app?.dispose(), api?.dispose()]))

test('the first page knows its visitor, and the second one by the ticket', async () => {
  const browser = await signedUp(app, api)
  const asked = api.asked.length
  const page = await browser.view('/shop/visitor/')
  assert.match(page.headers['cache-control'], PRIVATE)
  assert.deepEqual(shown(page), { signed_up: true })
  assert.equal(page.set[COOKIE].value, 'true')
  assert.ok(page.set[COOKIE].attributes.includes('Path=/'))
  assert.deepEqual(shown(await browser.view('/shop/visitor/')), { signed_up: true })
  assert.equal(api.asked.length, asked + 1)
})

test('health and the decision endpoint are below the path, with a slash at the end or without', async () => {
  const own = { accept: '*/*', 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' }
  for (const end of ['', '/']) {
    const browser = await signedUp(app, api)
    const view = async (path) => {
      const answer = await browser.view(`/shop/_pintle/${path}${end}`, { headers: own })
      // Next.js redirects to the address that it prefers, whatever is there.
      return answer.status === 308 ? browser.view(answer.headers.location, { headers: own }) : answer
    }
    assert.equal(JSON.parse((await view('health')).body).status, 'ok')
    const answer = await view('decision')
    assert.deepEqual(JSON.parse(answer.body), { decisions: { signed_up: true } })
    assert.equal(answer.headers['cache-control'], 'no-store')
    assert.equal(answer.set[COOKIE].value, 'true')
  }
})
