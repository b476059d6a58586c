// The demo as `npm start -- --redis` serves it: its visitors are found in a real Redis, and whoever acts is known nonetheless.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { buildDemo, entry, variables } from '../../scripts/demo/build.mjs'
import { pairs } from '../../scripts/demo/kv.mjs'
import { serveRedis } from '../../scripts/demo/redis.mjs'
import { freePort } from '../readme/terminal.mjs'
import { skip } from '../worker/redis_server.mjs'
import { KEY, startSite } from '../worker/site.mjs'
import { launch, visit } from './chromium.mjs'
import { DEMO_ID } from './demo_profiles.mjs'

let browser, site

before(async () => {
  if (skip) return
  browser = await launch()
  await buildDemo()
  const redis = await serveRedis(await freePort())
  site = await startSite({
    host: 'localhost',
    entry,
    bindings: { ...variables, ...redis, TICKET_KEYS: KEY, LOOKUP_BUDGET_MS: '2000' },
    durableObjects: { PEOPLE: { className: 'Person', useSQLite: true } },
  })
  const inKv = await pairs()
  for (const { key, value } of inKv.filter(({ key }) => key.startsWith('pintle:'))) await site.profiles.put(key, value)
})
after(async () => {
  await browser?.close()
  await site?.dispose()
})

const at = (pathname) => `http://localhost:${site.url.port}${pathname}`
const lookedUp = async (page) => (await page.locator('#demo-bar [data-pintle="lookup"]').textContent()) ?? ''

test('the demo’s visitor is found in Redis', { skip }, async () => {
  const page = await visit(browser, at('/'), { id: DEMO_ID })
  await page.goto(at('/'))
  await page.locator('#demo-bar').waitFor()
  assert.match(await lookedUp(page), /^found in redis/)
  assert.equal(await page.locator('header a.cta').textContent(), 'Request Demo')
})

test('who bought and joined is known without a ticket, too, though Redis has nobody of that id', { skip }, async () => {
  const page = await visit(browser, at('/'))
  await page.goto(at('/shop/deck-mug'))
  await page.getByRole('button', { name: 'Add to basket' }).click()
  await page.goto(at('/shop/basket'))
  await page.getByRole('button', { name: 'Place the order' }).click()
  await page.waitForURL('**/shop/thank-you')
  await page.getByRole('button', { name: 'Join the rewards' }).click()
  await page.locator('.rewards .for-members:focus').waitFor()
  await page.context().clearCookies({ name: 'pintle_ticket' })
  await page.goto(at('/shop'))
  await page.locator('.picks:not([data-waits])').waitFor()
  await page.locator('#demo-bar').waitFor()
  assert.match(await lookedUp(page), /^found in people/)
  assert.equal(await page.locator('.picks h2').textContent(), 'Goes with what you bought')
  assert.equal(await page.locator('.greeting').isVisible(), true)
})
