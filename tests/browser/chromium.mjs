// Chromium, as the tests of the site drive it.

import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'

import { chromium } from 'playwright-core'

import { root } from '../../scripts/project.mjs'

const axe = createRequire(import.meta.url).resolve('axe-core')
const screenshots = path.join(root, 'tests/browser/screenshots')
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--no-first-run',
]

/** Starts the browser at CHROMIUM, by default Debian's. */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args })
}

/** A visitor of their own: a new context without cookies, with RudderStack's cookie when an `id` is given. */
export async function visit(browser, site, { id, bar = true, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  if (id) {
    const value = encodeURIComponent(`RS_ENC_v3_${btoa(JSON.stringify(id))}`)
    await context.addCookies([{ name: 'rl_anonymous_id', value, url: site, sameSite: 'Lax' }])
  }
  // The demo bar tells who one is; without it, what two visitors see can be compared whole.
  if (!bar) await context.route('**/assets/demo-bar.js', (route) => route.abort())
  await context.addInitScript(watchTheButton)
  return context.newPage()
}

/**
 * Runs in the page: notes the header button's words in every frame from the first on, so that a test sees
 * what a visitor saw even for one frame.
 */
function watchTheButton() {
  globalThis.seen = []
  const look = () => {
    const button = document.querySelector('header a.cta')
    const words = button?.textContent.trim()
    if (words && globalThis.seen.at(-1) !== words) globalThis.seen.push(words)
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

/** Every different text that the header button has shown, in order. */
export const seen = (page) => page.evaluate(() => globalThis.seen)

/** Keeps a picture of the page, out of git. */
export async function keep(page, name, options = {}) {
  await mkdir(screenshots, { recursive: true })
  return page.screenshot({ path: path.join(screenshots, `${name}.png`), animations: 'disabled', ...options })
}

/** What axe finds wrong with the page as it is shown. */
export async function violations(page) {
  await page.addScriptTag({ path: axe })
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
}
