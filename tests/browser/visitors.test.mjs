// What visitors see, in Chromium: the Worker in workerd before the demo site, its profiles at a second Worker
// that stands in for RudderStack's Activation API.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { startActivationApi } from '../worker/activation_api.mjs'
import { KEY, startSite } from '../worker/site.mjs'
import { keep, launch, seen, visit } from './chromium.mjs'
import { DEMO_ID, putDemoProfiles } from './demo_profiles.mjs'

let browser, api, site

before(async () => {
  browser = await launch()
  api = await startActivationApi()
  await putDemoProfiles(api.profiles)
  site = await startSite({
    host: 'localhost',
    bindings: { ...api.bindings, LOOKUP_BUDGET_MS: '2000', TICKET_KEYS: KEY },
  })
})

after(async () => {
  await browser?.close()
  await Promise.all([site, api].map((running) => running?.dispose()))
})

const at = (pathname) => new URL(pathname, `http://localhost:${site.url.port}`).href
const button = (page) => page.locator('header a.cta')

test('a new visitor sees "Try for free"', async () => {
  const page = await visit(browser, at('/'))
  const asked = api.asked.length
  await page.goto(at('/'), { waitUntil: 'load' })
  await keep(page, 'new-visitor')
  assert.deepEqual(await seen(page), ['Try for free'])
  await button(page).click()
  await page.waitForURL('**/try-for-free')
  assert.equal(api.asked.length, asked, 'nobody is asked about nobody')
  assert.deepEqual(await page.context().cookies(), [])
})

test('a signed-up visitor sees "Request Demo" on the first paint of the first page', async () => {
  const page = await visit(browser, at('/'), { id: DEMO_ID })
  await page.goto(at('/'), { waitUntil: 'load' })
  await keep(page, 'signed-up-visitor')
  assert.deepEqual(await seen(page), ['Request Demo'], 'no frame ever showed anything else')
  await button(page).click()
  await page.waitForURL('**/request-demo')
  const cookies = Object.fromEntries((await page.context().cookies()).map((cookie) => [cookie.name, cookie]))
  const { value, httpOnly, secure, sameSite, expires } = cookies.rs_activation_signed_up
  assert.deepEqual(
    { value, httpOnly, secure, sameSite },
    { value: 'true', httpOnly: false, secure: true, sameSite: 'Lax' },
  )
  assert.ok(expires > Date.now() / 1000)
  assert.equal(cookies.pintle_ticket.httpOnly, true)
})

test('the second page asks no source again', async () => {
  const page = await visit(browser, at('/'), { id: DEMO_ID })
  const asked = api.asked.length
  await page.goto(at('/'))
  assert.equal(api.asked.length, asked + 1)
  for (const pathname of ['/docs', '/request-demo', '/', '/docs']) {
    const response = await page.goto(at(pathname))
    assert.equal(await response.headerValue('set-cookie'), null, 'what is right is left alone')
    assert.equal(await button(page).textContent(), 'Request Demo')
  }
  await keep(page, 'second-page')
  assert.equal(api.asked.length, asked + 1)
})

test('with the API down the page is as if Pintle were not there', async () => {
  const plain = await visit(browser, at('/'), { bar: false, reducedMotion: 'reduce' })
  await plain.goto(at('/'))
  const expected = await keep(plain, 'as-if-not-there')
  api.answer = ({ response }) => response.destroy()
  try {
    const page = await visit(browser, at('/'), { id: DEMO_ID, bar: false, reducedMotion: 'reduce' })
    const asked = api.asked.length
    const response = await page.goto(at('/'))
    assert.equal(api.asked.length, asked + 1, 'it was asked, and did not answer')
    assert.equal(response.status(), 200)
    assert.equal(await response.headerValue('set-cookie'), null)
    assert.equal(await response.headerValue('cache-control'), 'public, max-age=0, must-revalidate')
    assert.ok((await page.content()) === (await plain.content()))
    assert.deepEqual(await keep(page, 'api-down'), expected, 'not one pixel differs')
    assert.deepEqual(await seen(page), ['Try for free'])
  } finally {
    api.recover()
  }
})

test('with the API down a signed-up visitor of yesterday keeps "Request Demo"', async () => {
  const page = await visit(browser, at('/'), { id: DEMO_ID })
  await page.context().addCookies([{ name: 'rs_activation_signed_up', value: 'true', url: at('/') }])
  api.answer = ({ response }) => response.destroy()
  try {
    await page.goto(at('/'))
    assert.deepEqual(await seen(page), ['Request Demo'])
  } finally {
    api.recover()
  }
})

test('only the text `true` is true', async () => {
  for (const value of ['false', '1', 'TRUE', 'true1', '%74rue', '']) {
    const page = await visit(browser, at('/'))
    await page.context().addCookies([{ name: 'rs_activation_signed_up', value, url: at('/') }])
    await page.goto(at('/'))
    assert.deepEqual(await seen(page), ['Try for free'], value)
    await page.context().close()
  }
})

test('without scripts the page is whole and says "Try for free"', async () => {
  const page = await visit(browser, at('/'), { id: DEMO_ID, javaScriptEnabled: false })
  await page.goto(at('/'))
  assert.equal(await button(page).textContent(), 'Try for free')
})
