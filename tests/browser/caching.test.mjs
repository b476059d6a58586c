// What a browser keeps of a page, in Chromium: an origin's `no-cache` holds, through Pintle as without it.

import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { root } from '../../scripts/project.mjs'
import { project } from '../npm/pack.mjs'
import { serve } from '../npm/served.mjs'
import { newId, visitor } from '../worker/browser.mjs'
import { startServer, startSite } from '../worker/site.mjs'
import { launch } from './chromium.mjs'
import { at } from './pages.mjs'

const COOKIE = 'rs_activation_signed_up'

let browser, client, origin

before(async () => {
  browser = await launch()
  client = await project()
  origin = await startServer((request, response) => {
    // Old enough that a browser which may guess keeps it for weeks. What was said of caching is not said again: as nginx
    // and many others answer, whose 304 leaves the stored one in force.
    const head = { etag: '"v1"', 'last-modified': 'Wed, 01 Jan 2020 00:00:00 GMT' }
    if (request.headers['if-none-match'] === '"v1"') return response.writeHead(304, head).end()
    response.writeHead(200, { ...head, 'content-type': 'text/html', 'cache-control': 'no-cache' })
    response.end('<!doctype html><title>Page</title><link rel="icon" href="data:,">')
  })
})
after(async () => {
  await browser?.close()
  await Promise.all([client, origin].map((running) => running?.dispose()))
})

/** What stands before the origin, by name; each resolves to its `url` and `dispose`. */
const BEFORE = {
  'an empty Worker': () =>
    startSite({
      host: 'localhost',
      entry: path.join(root, 'tests/worker/passing.mjs'),
      bindings: { ORIGIN_URL: origin.url },
      assets: false,
    }),
  'the Worker': () => startSite({ host: 'localhost', bindings: { ORIGIN_URL: origin.url }, assets: false }),
  'pintle/fetch': async () => {
    const entry = path.join(client.folder, 'node_modules/pintle/dist/fetch.js')
    const { createHandler } = await import(pathToFileURL(entry).href)
    const handle = createHandler({ environment: {}, profile: () => null })
    return serve((request) =>
      handle(request, ({ url, headers }) => fetch(origin.url + new URL(url).pathname, { headers })),
    )
  },
}

for (const [name, start] of Object.entries(BEFORE)) {
  test(`a page that must be asked for is asked for at every visit: ${name}`, async (t) => {
    const site = await start()
    t.after(site.dispose)
    const context = await browser.newContext()
    t.after(() => context.close())
    const page = await context.newPage()
    const asked = []
    for (let visit = 0; visit < 4; visit += 1) {
      // RudderStack's SDK gives the visitor an id on the first page, so it is the 304 of the second that gets a cookie.
      if (visit === 1) {
        const value = visitor(newId()).rl_anonymous_id
        await context.addCookies([{ name: 'rl_anonymous_id', value, url: at(site), sameSite: 'Lax' }])
      }
      const before = origin.requests.filter(({ url }) => url === '/page').length
      await page.goto(at(site, '/page'))
      await page.goto('about:blank')
      asked.push(origin.requests.filter(({ url }) => url === '/page').length - before)
    }
    assert.deepEqual(asked, [1, 1, 1, 1])
    const cookies = (await context.cookies(at(site))).map(({ name, value }) => `${name}=${value}`)
    assert.equal(cookies.includes(`${COOKIE}=false`), name !== 'an empty Worker', String(cookies))
  })
}
