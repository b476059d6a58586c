// "Without middleware" in Chromium: RudderStack's real SDK, the snippets as they stand in the READMEs, the package's own
// script, and the real Worker, which only answers where the page asks.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { launch, visit } from '../browser/chromium.mjs'
import { startRudderStack, stayLocal } from '../browser/rudderstack.mjs'
import { startTaggedSite } from '../browser/tagged_site.mjs'
import { eventually } from '../worker/browser.mjs'
import { snippet } from './snippets.mjs'
import { written } from './written.mjs'

const COOKIE = 'rs_activation_signed_up'
const SIGNED_UP = JSON.stringify({ 'WEB_PERSONALIZATION:FEATURES_BY_ANON': { USER_APP_SIGN_UP: 1 } })

let browser, rudderstack, site, project

before(async () => {
  browser = await launch()
  rudderstack = await startRudderStack()
  site = await startTaggedSite({ middleware: false })
  project = await written()
})
after(async () => {
  await browser?.close()
  await Promise.all([rudderstack, site, project].map((running) => running?.dispose()))
})

/** Opens a page of the site; resolves to the id that the SDK has written by the time when the page has been answered. */
async function open(page, pathname) {
  await page.goto(site.at(pathname))
  await eventually('the decision is there', () => cookie(page, COOKIE))
  return JSON.parse(atob(decodeURIComponent(await cookie(page, 'rl_anonymous_id')).replace('RS_ENC_v3_', '')))
}

const cookie = async (page, name) => (await page.context().cookies()).find((cookie) => cookie.name === name)?.value

/** The experiences that RudderStack was told of. */
const told = (id) =>
  rudderstack
    .of('identify')
    .filter(({ anonymousId }) => anonymousId === id)
    .map(({ context }) => context.traits.activation_api_experience)

/**
 * A new visitor opens a page, has signed up, and opens another when the cookie has ended; then a third. `look` tells what
 * the page shows.
 */
async function followed(look) {
  const page = await visit(browser, site.at('/'), { bar: false })
  const elsewhere = await stayLocal(page.context())
  const before = site.asked.length
  const id = await open(page, '/')
  assert.equal(await look(page), false)
  await eventually('the experience was told', () => told(id).length === 1)

  await site.profiles.put(`user:anonymous_id:${id}`, SIGNED_UP)
  await page.context().clearCookies({ name: COOKIE })
  await page.context().clearCookies({ name: 'pintle_ticket' })
  await open(page, '/docs')
  await eventually('the page shows it', () => look(page))
  await eventually('the new experience was told', () => told(id).length === 2)
  assert.deepEqual(told(id), [false, true])

  await open(page, '/')
  assert.equal(await look(page), true)
  assert.deepEqual(site.asked.slice(before), ['/_pintle/decision', '/_pintle/decision'], 'asked when there is no cookie')
  assert.deepEqual(elsewhere, [], 'nothing was needed from elsewhere')
}

test('one line of HTML asks, and a style sheet shows the decision', async () => {
  site.head = `<script>${rudderstack.snippet('v3')}</script>${snippet('page')}`
  await followed(async (page) => {
    const shown = await page.evaluate(() =>
      ['for-new-visitors', 'for-signed-up'].map((className) => {
        const element = document.body.appendChild(Object.assign(document.createElement('p'), { className }))
        const { display } = getComputedStyle(element)
        element.remove()
        return display
      }),
    )
    assert.equal(shown.filter((display) => display === 'none').length, 1, String(shown))
    return shown[0] === 'none'
  })
})

test('the same in a bundle', async () => {
  const { writeKey, url, sourceConfigUrl } = rudderstack
  const define = { RUDDERSTACK: JSON.stringify({ writeKey, url, sourceConfigUrl }) }
  const script = await project.bundle('browser/page.ts', { define, format: 'esm', target: 'es2022' })
  site.head = `<script type="module">${script}</script>`
  await followed((page) => page.evaluate(() => document.body.classList.contains('signed-up')))
})

test('the script is as small as it is said to be', async () => {
  const script = await readFile(path.join(project.folder, 'node_modules/pintle/dist/browser/script.js'))
  assert.equal((gzipSync(script, { level: 9 }).length / 1000).toFixed(1), '1.2')
})
