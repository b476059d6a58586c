// What visitors of a Next.js 16 app see, in Chromium: the decision in the HTML of a dynamic page, and in a static page
// as soon as its script runs; the next page asks nobody; React finds what it expects.

import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'

import { keep, launch, seen, visit } from '../browser/chromium.mjs'
import { startActivationApi } from '../worker/activation_api.mjs'
import { newId } from '../worker/browser.mjs'
import { KEY } from '../worker/site.mjs'
import { startApp } from './app.mjs'
import { variants } from './variants.mjs'

const variant = variants.find(({ version, middleware }) => version === '16' && middleware === 'proxy')

describe('in Chromium', { skip: variant ? false : 'no app of this run is a Next.js 16 with a proxy' }, () => {
  let browser, api, app, withoutTickets
  const complaints = []

  before(async () => {
    browser = await launch()
    api = await startActivationApi()
    app = await startApp(variant, { ...api.bindings, TICKET_KEYS: KEY })
    withoutTickets = await startApp(variant, api.bindings)
  })

  after(async () => {
    await browser?.close()
    await Promise.all([app, withoutTickets, api].map((running) => running?.dispose()))
  })

  afterEach(() => {
    assert.deepEqual(complaints.splice(0), [], 'the console is silent: hydration found what it expected')
  })

  /** A new page of somebody with these features; without features, of a new visitor. */
  async function open(site, features) {
    const id = features && newId()
    if (features) await api.knows(id, features)
    const page = await visit(browser, site.url, { id })
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    return page
  }

  const signedUp = { USER_APP_SIGN_UP: 1 }
  const button = (page) => page.locator('header a.cta')
  const hydrated = (page) => page.waitForLoadState('networkidle')

  test('a new visitor sees "Try for free" on every page', async () => {
    const asked = api.asked.length
    const page = await open(app)
    for (const pathname of ['/', '/visitor']) {
      await page.goto(app.url + pathname)
      await hydrated(page)
      assert.deepEqual(await seen(page), ['Try for free'])
    }
    await keep(page, 'next-new-visitor')
    await button(page).click()
    await page.waitForURL('**/try-for-free')
    assert.equal(api.asked.length, asked)
    assert.deepEqual(await page.context().cookies(), [])
  })

  test('a signed-up visitor sees "Request Demo" on the first paint of the first page, when the server makes it', async () => {
    const page = await open(app, signedUp)
    await page.goto(`${app.url}/visitor`)
    await hydrated(page)
    await keep(page, 'next-signed-up-visitor')
    assert.deepEqual(await seen(page), ['Request Demo'], 'no frame ever showed anything else')
    assert.equal(await page.locator('#decisions').textContent(), '{"signed_up":true}')
    await button(page).click()
    await page.waitForURL('**/request-demo')
    const cookies = Object.fromEntries((await page.context().cookies()).map((cookie) => [cookie.name, cookie]))
    assert.equal(cookies.rs_activation_signed_up.value, 'true')
    assert.equal(cookies.pintle_ticket.httpOnly, true)
  })

  test('a signed-up visitor sees "Request Demo" on a static page, as soon as its script runs', async () => {
    const page = await open(app, signedUp)
    const response = await page.goto(app.url)
    assert.equal(await response.headerValue('x-nextjs-cache'), 'HIT')
    await hydrated(page)
    await keep(page, 'next-signed-up-static')
    const words = await seen(page)
    assert.equal(words.at(-1), 'Request Demo')
    assert.ok(words.length <= 2, 'and it changes once at most')
    assert.equal(await button(page).getAttribute('href'), '/request-demo')
  })

  test('the second page asks no source again', async () => {
    const page = await open(app, signedUp)
    const asked = api.asked.length
    await page.goto(app.url)
    assert.equal(api.asked.length, asked + 1)
    for (const pathname of ['/visitor', '/docs', '/', '/visitor']) {
      const response = await page.goto(app.url + pathname)
      assert.equal(await response.headerValue('set-cookie'), null, 'what is right is left alone')
      await hydrated(page)
      assert.equal(await button(page).textContent(), 'Request Demo')
    }
    assert.deepEqual(await seen(page), ['Request Demo'])
    await keep(page, 'next-second-page')
    assert.equal(api.asked.length, asked + 1)
  })

  test('links that are prefetched and followed look nobody up, and the page keeps what is known', async () => {
    const page = await open(withoutTickets, signedUp)
    const refetched = []
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url())
      if (searchParams.has('_rsc')) refetched.push(pathname)
    })
    const asked = api.asked.length
    await page.goto(`${withoutTickets.url}/`)
    await hydrated(page)
    const prefetched = refetched.length
    assert.ok(prefetched > 0, 'Next.js prefetched its links')
    assert.equal(api.asked.length, asked + 1)
    await page.click('header a[href="/visitor"]')
    await page.waitForURL('**/visitor')
    await page.locator('#decisions').waitFor()
    await hydrated(page)
    assert.ok(refetched.length > prefetched, 'Next.js asked for the page that was followed')
    assert.equal(api.asked.length, asked + 1)
    assert.equal(await button(page).textContent(), 'Request Demo')
  })

  test('without scripts the page of a signed-up visitor says "Request Demo", too', async () => {
    const id = newId()
    await api.knows(id, signedUp)
    const page = await visit(browser, app.url, { id, javaScriptEnabled: false })
    await page.goto(`${app.url}/visitor`)
    assert.equal(await button(page).textContent(), 'Request Demo')
  })
})
