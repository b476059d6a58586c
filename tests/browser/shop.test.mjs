// The demo's shop as `npm start` serves it: what somebody buys is what the very next page recommends by, a member is greeted, and
// nobody else sees anything of it. On a desktop and a phone, by keyboard alone, and what axe finds.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { buildDemo, entry, variables } from '../../scripts/demo/build.mjs'
import { pairs } from '../../scripts/demo/kv.mjs'
import { eventually } from '../worker/browser.mjs'
import { KEY, startSite } from '../worker/site.mjs'
import { keep, launch, violations, visit } from './chromium.mjs'

const PAGES = ['/shop', '/shop/deck-mug', '/shop/basket', '/shop/thank-you']
const SCREENS = {
  desktop: {},
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
}
const GUESTS = ['Harbour lamp', 'Logbook', 'Watch blanket', 'Fog tea']
let browser, site, inKv

const start = (bindings) =>
  startSite({
    host: 'localhost',
    entry,
    bindings: { ...variables, TICKET_KEYS: KEY, DECISION_RATE: '1000', ...bindings },
    durableObjects: { PEOPLE: { className: 'Person', useSQLite: true } },
  })

before(async () => {
  browser = await launch()
  await buildDemo()
  site = await start()
  inKv = await pairs()
  for (const { key, value } of inKv) await site.profiles.put(key, value)
})

after(async () => {
  await browser?.close()
  await site?.dispose()
})

const at = (pathname, { url } = site) => new URL(pathname, `http://localhost:${url.port}`).href

/** A visitor of the shop whose page is watched: `wrong` is what its console and its scripts complained of, `moved` how much moved. */
async function shopper(options) {
  const page = await visit(browser, at('/'), options)
  const wrong = []
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && wrong.push(message.text()))
  page.on('pageerror', (error) => wrong.push(error.message))
  await page.addInitScript(() => {
    globalThis.moved = 0
    const add = (list) => {
      for (const { value } of list.getEntries()) globalThis.moved += value
    }
    new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true })
  })
  return { page, wrong, moved: () => page.evaluate(() => globalThis.moved) }
}

/** The row of picks as it is read: its title, and the goods in it. */
async function picks(page) {
  await page.locator('.picks:not([data-waits])').waitFor()
  const goods = await page.locator('.picks li:not([hidden]) .name').allTextContents()
  return { title: await page.locator('.picks h2').textContent(), goods }
}

const greeting = (page) => page.locator('.greeting').isVisible()

/** Buys one of these, from the shelf to the thanks. */
async function buy(page, good, from = site) {
  await page.goto(at(`/shop/${good}`, from))
  await page.getByRole('button', { name: 'Add to basket' }).click()
  await page.getByRole('link', { name: 'Go to the basket' }).click()
  await page.getByRole('button', { name: 'Place the order' }).click()
  await page.waitForURL('**/shop/thank-you')
}

/** What Pintle would be asked for this page: nobody, where a ticket answers. */
const lookup = async (page, pathname) => (await (await page.goto(at(pathname))).headerValue('server-timing')) ?? ''

for (const [screen, options] of Object.entries(SCREENS)) {
  test(`who buys is recommended what goes with it on the very next page, and a member is greeted (${screen})`, async () => {
    const { page, wrong, moved } = await shopper(options)
    const sent = []
    page.on('request', (request) => {
      if (request.url().includes('/v1/track')) sent.push(request.postDataJSON())
    })
    await page.goto(at('/shop'))
    assert.deepEqual(await picks(page), { title: 'Most asked for', goods: GUESTS })
    await keep(page, `shop-${screen}-guest`)

    await buy(page, 'deck-mug')
    const bought = await picks(page)
    assert.equal(bought.title, 'Goes with what you bought')
    assert.deepEqual(bought.goods.toSorted(), ['Fog tea', 'Logbook', 'Six pencils', 'Watch blanket'])
    assert.deepEqual(bought.goods.slice(0, 2), ['Watch blanket', 'Fog tea'], 'the best first')
    assert.equal(await moved(), 0, 'nothing moves on the page that recommends')
    assert.match(await page.locator('main .fine').textContent(), /^Order [\da-f]{8}$/)
    await keep(page, `shop-${screen}-thanks`)
    const [viewed, added, ordered] = ['Product Viewed', 'Product Added', 'Order Completed'].map((name) =>
      sent.find(({ event }) => event === name),
    )
    const mug = { product_id: 'deck-mug', name: 'Deck mug', price: 16, currency: 'EUR' }
    assert.deepEqual(viewed.properties, mug)
    assert.deepEqual(added.properties, { ...mug, quantity: 1 })
    const { order_id: _, ...order } = ordered.properties
    assert.deepEqual(order, {
      total: 16,
      currency: 'EUR',
      products: [{ product_id: 'deck-mug', name: 'Deck mug', price: 16, quantity: 1 }],
    })

    assert.equal(await greeting(page), false)
    await page.getByRole('button', { name: 'Join the rewards' }).click()
    await page.locator('.rewards .for-members:focus').waitFor()
    assert.equal(await greeting(page), true, 'the open page switches, too')
    assert.match(await lookup(page, '/shop'), /pintle-lookup;desc="not asked: a fresh ticket answers/)
    assert.equal(await greeting(page), true)
    assert.equal((await picks(page)).title, 'Goes with what you bought')
    assert.equal(await moved(), 0, 'what a member sees is there from the first frame on')
    const { scrollWidth, clientWidth } = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement
      return { scrollWidth, clientWidth }
    })
    assert.ok(scrollWidth <= clientWidth, `${scrollWidth} wide`)
    await keep(page, `shop-${screen}-member`)

    const other = await shopper(options)
    await other.page.goto(at('/shop'))
    assert.deepEqual(await picks(other.page), { title: 'Most asked for', goods: GUESTS })
    assert.equal(await greeting(other.page), false)
    assert.deepEqual([...wrong, ...other.wrong], [])
    assert.doesNotMatch(site.log(), /nothing is recommended/)
  })
}

test('a member is recommended what members are, as a boost has it', async () => {
  const { page } = await shopper()
  await buy(page, 'sandglass')
  const guest = await picks(page)
  await page.getByRole('button', { name: 'Join the rewards' }).click()
  await page.locator('.rewards .for-members:focus').waitFor()
  await page.goto(at('/shop'))
  const member = await picks(page)
  const rank = ({ goods }) => goods.indexOf('Watch blanket') + 1 || 99
  assert.ok(rank(member) < rank(guest), `${guest.goods} then ${member.goods}`)
})

test('a purchase is completed by keyboard alone', async () => {
  const { page, wrong } = await shopper()
  await page.goto(at('/shop'))
  await picks(page)
  /** Tabs to what is called so, and is seen to be there. */
  const reach = async (name) => {
    for (let stop = 0; stop < 60; stop++) {
      await page.keyboard.press('Tab')
      const { words, outlined } = await page.evaluate(() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
        const words = document.activeElement.innerText?.trim() ?? ''
        return { words, outlined: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0 }
      })
      if (!words.startsWith(name)) continue
      assert.ok(outlined, name)
      return
    }
    assert.fail(`no Tab leads to ${name}`)
  }
  /** From the shelf to the basket, with fog tea in it. */
  const putIn = async () => {
    await reach('Fog tea')
    await Promise.all([page.waitForURL('**/shop/fog-tea'), page.keyboard.press('Enter')])
    await reach('Add to basket')
    await page.keyboard.press('Enter')
    await reach('Go to the basket')
    await Promise.all([page.waitForURL('**/shop/basket'), page.keyboard.press('Enter')])
  }
  await putIn()
  await reach('Remove')
  await page.keyboard.press('Space')
  assert.equal(await page.evaluate(() => document.activeElement.className), 'empty lead')
  await reach('Look at the shelf')
  await Promise.all([page.waitForURL('**/shop'), page.keyboard.press('Enter')])
  await putIn()
  await reach('Place the order')
  await Promise.all([page.waitForURL('**/shop/thank-you'), page.keyboard.press('Enter')])
  assert.equal((await picks(page)).title, 'Goes with what you bought')
  assert.deepEqual(wrong, [])
})

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing wrong with the shop, contrast among it (${colorScheme})`, async () => {
    for (const isMember of [false, true]) {
      const { page } = await shopper({ colorScheme })
      if (isMember)
        await page.context().addCookies([{ name: 'rewards_member', value: 'true', url: at('/'), sameSite: 'Lax' }])
      await page.goto(at('/shop/deck-mug'))
      await page.getByRole('button', { name: 'Add to basket' }).click()
      for (const pathname of PAGES) {
        await page.goto(at(pathname))
        await page.locator('[data-waits]').waitFor({ state: 'detached' })
        await page.locator('#demo-bar .demo-person').waitFor({ state: 'attached' })
        assert.deepEqual(await violations(page), [], pathname)
        await keep(
          page,
          `shop${pathname.slice(5).replaceAll('/', '-')}-${isMember ? 'member' : 'guest'}-${colorScheme}`,
        )
      }
    }
  })
}

test('the demo’s own visitors stay as they are when somebody buys from them', async () => {
  const { page } = await shopper({ id: '00000000-0000-4000-8000-000000000000' })
  await buy(page, 'logbook')
  await eventually('it is somebody else who bought', async () => {
    const [{ value }] = (await page.context().cookies()).filter(({ name }) => name === 'rl_anonymous_id')
    return !decodeURIComponent(value).includes(btoa('"00000000').slice(0, 10))
  })
  assert.equal((await picks(page)).title, 'Goes with what you bought')
})

test('without a feed one can buy, and the picks are what others ask for', async (t) => {
  const bare = await start({ WRITE_KEYS: '', PROFILE_SOURCES: 'kv', INGEST_PATH: '' })
  t.after(bare.dispose)
  const { page } = await shopper()
  await buy(page, 'deck-mug', bare)
  assert.deepEqual(await picks(page), { title: 'Most asked for', goods: GUESTS })
  await page.getByRole('button', { name: 'Join the rewards' }).click()
  await page.getByText('The rewards cannot be reached just now.').waitFor()
  assert.equal(await greeting(page), false)
  await page.goto(at('/shop/basket', bare))
  await page.getByText('There is nothing in it yet').waitFor()
})
