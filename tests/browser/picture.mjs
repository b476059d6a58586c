// Makes the picture of the README, two-visitors.png: the same page for a new and for a signed-up visitor, from
// the built Worker. Run it after a change of the site: node tests/browser/picture.mjs

import path from 'node:path'

import { root } from '../../scripts/project.mjs'
import { startSite } from '../worker/site.mjs'
import { launch, visit } from './chromium.mjs'
import { DEMO_ID, putDemoProfiles } from './demo_profiles.mjs'

const VISITORS = [
  { caption: 'a new visitor', id: undefined },
  { caption: 'one who signed up last week, on the first byte', id: DEMO_ID },
]

const browser = await launch()
const site = await startSite({ host: 'localhost' })
await putDemoProfiles(site.profiles)
const url = `http://localhost:${site.url.port}/`
const figures = []
for (const { caption, id } of VISITORS) {
  const page = await visit(browser, url, {
    id,
    bar: false,
    reducedMotion: 'reduce',
    viewport: { width: 900, height: 620 },
  })
  await page.goto(url)
  const picture = (await page.screenshot()).toString('base64')
  figures.push(`<figure><img src="data:image/png;base64,${picture}"><figcaption>${caption}</figcaption></figure>`)
}
const sheet = await browser.newPage({ viewport: { width: 1240, height: 470 } })
await sheet.setContent(`<style>
  body { margin: 0; padding: 20px; display: flex; gap: 20px; background: #e7eceb; font: 17px sans-serif; color: #24393d }
  figure { margin: 0; flex: 1 } img { width: 100%; border-radius: 10px; box-shadow: 0 2px 14px #0003 }
  figcaption { padding-top: 12px; text-align: center }
</style>${figures.join('')}`)
await sheet.screenshot({ path: path.join(root, 'tests/browser/two-visitors.png') })
await browser.close()
await site.dispose()
