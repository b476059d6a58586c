// Makes the pictures of the README, each two pages side by side. two-visitors.png: the same page for a new and for a signed-up
// visitor, from the built Worker. shop.png: the demo's shop before a purchase and after it. Run it after a change of the site:
// node tests/browser/picture.mjs

import path from 'node:path'

import { buildDemo, entry, variables } from '../../scripts/demo/build.mjs'
import { pairs } from '../../scripts/demo/kv.mjs'
import { root } from '../../scripts/project.mjs'
import { KEY, startSite } from '../worker/site.mjs'
import { launch, visit } from './chromium.mjs'
import { DEMO_ID, putDemoProfiles } from './demo_profiles.mjs'

const browser = await launch()

const visitorOf = (site, id) =>
  visit(browser, at(site, '/'), { id, bar: false, reducedMotion: 'reduce', viewport: { width: 900, height: 620 } })

const at = (site, pathname) => `http://localhost:${site.url.port}${pathname}`

/** What of a page is in view, as a figure. */
async function figure(page, caption) {
  const picture = (await page.screenshot()).toString('base64')
  return `<figure><img src="data:image/png;base64,${picture}"><figcaption>${caption}</figcaption></figure>`
}

async function draw(name, figures) {
  const sheet = await browser.newPage({ viewport: { width: 1240, height: 470 } })
  await sheet.setContent(`<style>
  body { margin: 0; padding: 20px; display: flex; gap: 20px; background: #e7eceb; font: 17px sans-serif; color: #24393d }
  figure { margin: 0; flex: 1 } img { width: 100%; border-radius: 10px; box-shadow: 0 2px 14px #0003 }
  figcaption { padding-top: 12px; text-align: center }
</style>${figures.join('')}`)
  await sheet.screenshot({ path: path.join(root, 'tests/browser', name) })
}

async function twoVisitors() {
  const site = await startSite({ host: 'localhost' })
  await putDemoProfiles(site.profiles)
  const see = async (id, caption) => {
    const page = await visitorOf(site, id)
    await page.goto(at(site, '/'))
    return figure(page, caption)
  }
  const figures = [
    await see(undefined, 'a new visitor'),
    await see(DEMO_ID, 'one who signed up last week, on the first byte'),
  ]
  await draw('two-visitors.png', figures)
  await site.dispose()
}

async function shop() {
  await buildDemo()
  const site = await startSite({
    host: 'localhost',
    entry,
    bindings: { ...variables, TICKET_KEYS: KEY },
    durableObjects: { PEOPLE: { className: 'Person', useSQLite: true } },
  })
  for (const { key, value } of await pairs()) await site.profiles.put(key, value)
  const page = await visitorOf(site)
  const see = async (caption) => {
    await page.goto(at(site, '/shop'))
    await page.locator('.picks:not([data-waits])').waitFor()
    return figure(page, caption)
  }
  const before = await see('a new visitor')
  await page.goto(at(site, '/shop/deck-mug'))
  await page.locator('[data-add]').click()
  await page.goto(at(site, '/shop/basket'))
  await page.locator('[data-order]').click()
  await page.waitForURL('**/shop/thank-you')
  await page.locator('[data-join]').click()
  await page.locator('.greeting').waitFor()
  await draw('shop.png', [before, await see('the same, who bought a mug and joined the rewards')])
  await site.dispose()
}

await twoVisitors()
await shop()
await browser.close()
