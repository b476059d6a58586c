// The demo as `npm start` serves it: the bar at its foot, a phone, the keyboard, and what axe finds.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'

import { KEY, startSite } from '../worker/site.mjs'
import { keep, launch, visit } from './chromium.mjs'
import { putDemoProfiles } from './demo_profiles.mjs'

const axe = createRequire(import.meta.url).resolve('axe-core')
const PAGES = ['/', '/docs', '/try-for-free', '/request-demo', '/no-such-page']
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }
let browser, site

before(async () => {
  browser = await launch()
  site = await startSite({ host: 'localhost', bindings: { TICKET_KEYS: KEY, EXPLAIN: 'true' } })
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
      decision: 'signed_up = false: no rule applies, it is the default value',
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
    assert.deepEqual(await said(page, 'decision'), [decision])
    assert.deepEqual(await said(page, 'cookie'), [`rs_activation_signed_up=${words === 'Request Demo'} written`])
  }
  await page.goto(at('/docs'))
  await page.locator('#demo-bar').waitFor()
  assert.match((await said(page, 'lookup'))[0], /^not asked: a fresh ticket answers/)
  await become(page, 'new')
  assert.equal(await page.locator('header a.cta').textContent(), 'Try for free')
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
    await page.locator('#demo-bar').waitFor()
    const { scrollWidth, clientWidth } = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement
      return { scrollWidth, clientWidth }
    })
    assert.ok(scrollWidth <= clientWidth, `${pathname} is ${scrollWidth} wide`)
    assert.equal(await page.locator('#demo-bar details').getAttribute('open'), null)
    await keep(page, `phone${pathname.replaceAll('/', '-')}`)
  }
})

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing wrong, contrast among it (${colorScheme})`, async () => {
    const page = await visit(browser, at('/'), { colorScheme })
    for (const pathname of PAGES) {
      await page.goto(at(pathname))
      await page.locator('#demo-bar').waitFor()
      await page.addScriptTag({ path: axe })
      const violations = await page.evaluate(async () => {
        const { violations } = await globalThis.axe.run()
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
      })
      assert.deepEqual(violations, [], pathname)
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
