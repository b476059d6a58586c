// The demo as `npm start` serves it: the bar at its foot, a person who signs up in it, a phone, the keyboard, and what axe finds.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { buildDemo, entry, variables } from '../../scripts/demo/build.mjs'
import { eventually } from '../worker/browser.mjs'
import { KEY, startSite } from '../worker/site.mjs'
import { keep, launch, seen, violations, visit } from './chromium.mjs'
import { putDemoProfiles } from './demo_profiles.mjs'

const PAGES = ['/', '/docs', '/try-for-free', '/request-demo', '/no-such-page']
/** What the shop decides of whoever is not in its rewards. */
const NO_MEMBER =
  'rewards_member = false: no rule applies, it is the default value (rule 1: membership_status is not as it must be)'
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }
let browser, site

before(async () => {
  browser = await launch()
  await buildDemo()
  site = await startSite({
    host: 'localhost',
    entry,
    bindings: { ...variables, TICKET_KEYS: KEY },
    durableObjects: { PEOPLE: { className: 'Person', useSQLite: true } },
  })
  await putDemoProfiles(site.profiles)
})

after(async () => {
  await browser?.close()
  await site?.dispose()
})

const at = (pathname) => new URL(pathname, `http://localhost:${site.url.port}`).href
const said = (page, key) => page.locator(`#demo-bar [data-pintle="${key}"]`).allTextContents()

/** Chooses a visitor in the bar and waits until the page has come back. */
async function become(page, name) {
  await page.locator('#demo-bar').waitFor()
  await Promise.all([page.waitForEvent('load'), page.locator(`button[data-visitor="${name}"]`).click()])
  await page.locator(`button[data-visitor="${name}"][aria-pressed="true"]`).waitFor()
}

test('in the bar one becomes each visitor and reads what Pintle set and why', async () => {
  const page = await visit(browser, at('/'))
  await page.goto(at('/'))
  await page.locator('#demo-bar').waitFor()
  assert.deepEqual(await said(page, 'visitor'), ['none: no rl_anonymous_id cookie'])
  for (const { name, words, lookup, decision } of [
    {
      name: 'signed-up',
      words: 'Request Demo',
      lookup: /^found in kv/,
      decision: 'signed_up = true: rule 1 forces it',
    },
    {
      name: 'unknown',
      words: 'Try for free',
      lookup: /^missing: no source knows this id/,
      decision:
        'signed_up = false: no rule applies, it is the default value (rule 1: USER_APP_SIGN_UP is not as it must be)',
    },
    {
      name: 'signed-up-legacy',
      words: 'Request Demo',
      lookup: /^found in kv/,
      decision: 'signed_up = true: rule 1 forces it',
    },
  ]) {
    await become(page, name)
    await keep(page, `bar-${name}`)
    assert.equal(await page.locator('header a.cta').textContent(), words, name)
    assert.match((await said(page, 'lookup'))[0], lookup)
    assert.deepEqual(await said(page, 'decision'), [decision, NO_MEMBER])
    const cookies = [`rs_activation_signed_up=${words === 'Request Demo'} written`, 'rewards_member=false written']
    assert.deepEqual(await said(page, 'cookie'), cookies)
  }
  await page.goto(at('/docs'))
  await page.locator('#demo-bar').waitFor()
  assert.match((await said(page, 'lookup'))[0], /^not asked: a fresh ticket answers/)
  await become(page, 'new')
  assert.equal(await page.locator('header a.cta').textContent(), 'Try for free')
})

const act = (page, name) => page.getByRole('button', { name }).click()

test('who signs up in the bar is somebody to the next page, and the bar shows the person', async () => {
  const page = await visit(browser, at('/'))
  const sent = []
  page.on('request', (request) => sent.push(new URL(request.url()).pathname))
  await page.goto(at('/'))
  await act(page, 'Sign up')
  await eventually('the person is shown', async () => (await said(page, 'ids')).length === 2)
  assert.ok(sent.includes('/_demo/rudderanalytics.js') && sent.includes('/collect/v1/identify'))
  assert.match((await said(page, 'ids')).join(' '), /^anonymous_id:[\da-f-]{36} user_id:user-[\da-f]{8}$/)
  assert.match((await said(page, 'traits')).join(' '), /^createdAt: 20\S+Z plan: crew$/)
  const words = page.locator('header a.cta')
  await eventually('the open page switches', async () => (await words.textContent()) === 'Request Demo')
  assert.deepEqual(await seen(page), ['Try for free', 'Request Demo'])
  await keep(page, 'bar-signed-up')
  const timing = await (await page.goto(at('/docs'))).headerValue('server-timing')
  assert.match(timing, /pintle-lookup;desc="not asked: a fresh ticket answers/, 'nobody is asked')
  assert.equal(await words.textContent(), 'Request Demo')
  await page.locator('.demo-who', { hasText: 'You are: user-' }).waitFor()
  await act(page, 'Look at a product')
  await act(page, 'Buy a product')
  await eventually('the purchase is shown', async () => (await said(page, 'features')).includes('funnel_position: 3'))
  const features = await said(page, 'features')
  for (const feature of ['USER_APP_SIGN_UP: 1', 'product_tier_app: crew', 'recently_viewed: [ "/", "/docs" ]'])
    assert.ok(features.includes(feature), `${feature} in ${features.join(', ')}`)
  assert.match(features.join(' '), /recent_five_purchases: \{ "purchase_1": "[a-z-]+", "purchase_2": null,/)
  assert.match((await said(page, 'events')).join(' '), /identify .*page \/docs .*track Order Completed$/)
  await page.locator('#demo-bar .demo-person').scrollIntoViewIfNeeded()
  await keep(page, 'bar-person')

  await become(page, 'new')
  assert.equal(await words.textContent(), 'Try for free')
  assert.deepEqual(await said(page, 'ids'), ['none'])
})

test('the demo’s own visitors stay as they are when somebody signs up from them', async () => {
  const page = await visit(browser, at('/'))
  await page.goto(at('/'))
  await become(page, 'unknown')
  await act(page, 'Sign up')
  await eventually('the person is shown', async () => (await said(page, 'ids')).length === 2)
  await become(page, 'unknown')
  assert.equal(await page.locator('header a.cta').textContent(), 'Try for free')
})

test('a decision that changes while the page is open changes its buttons', async () => {
  const page = await visit(browser, at('/'))
  await page.goto(at('/'))
  await page.locator('.demo-person').waitFor()
  // The answer to the page's own event says the decision, too.
  await page.waitForLoadState('networkidle')
  const words = () => page.locator('a.cta').allTextContents()
  for (const [value, shown] of [
    ['true', 'Request Demo'],
    ['false', 'Try for free'],
  ]) {
    await page.context().addCookies([{ name: 'rs_activation_signed_up', value, url: at('/') }])
    await eventually('the buttons say so', async () => (await words()).every((text) => text === shown))
  }
})

test('what the bar shows of a person is the demo’s alone', async (t) => {
  const deployed = await startSite({ bindings: { ...variables, TICKET_KEYS: KEY } })
  t.after(deployed.dispose)
  for (const path of ['/_demo/person?id=1', '/_demo/rudderanalytics.js', '/_demo/pintle.js'])
    assert.equal((await fetch(new URL(path, deployed.url))).status, 404)
  const row = await deployed.people.get(deployed.people.idFromName('anonymous_id:1')).fetch('https://people/row')
  assert.equal(row.status, 204)
})

test('the bar is used by keyboard alone', async () => {
  const page = await visit(browser, at('/'))
  await page.goto(at('/'))
  await page.locator('button[data-visitor="signed-up"]').focus()
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
  await page.locator('button[data-visitor="signed-up"][aria-pressed="true"]').waitFor()
  assert.equal(await page.locator('header a.cta').textContent(), 'Request Demo')
  const focused = page.locator('button[data-visitor="signed-up"]:focus')
  await focused.waitFor()
})

test('the first Tab leads to a skip link, and every stop is seen', async () => {
  const page = await visit(browser, at('/'))
  await page.goto(at('/'))
  await page.keyboard.press('Tab')
  assert.match(await page.evaluate(() => document.activeElement.getAttribute('href')), /^#/)
  for (let stop = 0; stop < 12; stop++) {
    const { outlined, inView } = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
      const { top, bottom } = document.activeElement.getBoundingClientRect()
      return {
        outlined: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0,
        inView: bottom > 0 && top < innerHeight,
      }
    })
    assert.ok(outlined && inView, `stop ${stop}`)
    await page.keyboard.press('Tab')
  }
})

test('on a phone nothing is wider than the screen and the bar stays out of the way', async () => {
  const page = await visit(browser, at('/'), PHONE)
  for (const pathname of PAGES) {
    await page.goto(at(pathname))
    await page.locator('#demo-bar .demo-person').waitFor({ state: 'attached' })
    const { scrollWidth, clientWidth } = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement
      return { scrollWidth, clientWidth }
    })
    assert.ok(scrollWidth <= clientWidth, `${pathname} is ${scrollWidth} wide`)
    assert.equal(await page.locator('#demo-bar details').getAttribute('open'), null)
    await keep(page, `phone${pathname.replaceAll('/', '-')}`)
  }
  await page.locator('#demo-bar summary').click()
  await act(page, 'Sign up')
  await eventually('the person is shown', async () => (await said(page, 'ids')).length === 2)
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
  await keep(page, 'phone-bar')
  await page.locator('#demo-bar .demo-person').scrollIntoViewIfNeeded()
  await page.locator('#demo-bar dd').last().scrollIntoViewIfNeeded()
  await keep(page, 'phone-person')
})

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing wrong, contrast among it (${colorScheme})`, async () => {
    const page = await visit(browser, at('/'), { colorScheme })
    for (const pathname of PAGES) {
      await page.goto(at(pathname))
      await page.locator('#demo-bar .demo-person').waitFor({ state: 'attached' })
      assert.deepEqual(await violations(page), [], pathname)
      await keep(page, `page${pathname.replaceAll('/', '-')}-${colorScheme}`)
    }
  })
}

test('elsewhere than on a local machine there is no bar', async () => {
  const page = await visit(browser, at('/'))
  const { port } = new URL(at('/'))
  await page.route('http://shop.example/**', async (route) => {
    const url = route.request().url().replace('http://shop.example', `http://localhost:${port}`)
    await route.fulfill({ response: await route.fetch({ url }) })
  })
  await page.goto('http://shop.example/')
  await page.waitForLoadState('networkidle')
  assert.equal(await page.locator('#demo-bar').count(), 0)
})
