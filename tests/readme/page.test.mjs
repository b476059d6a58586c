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
import { eventually, newId } from '../worker/browser.mjs'
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

const cookie = async (page, name) => (await page.context().cookies()).find((cookie) => cookie.name === name)?.value

/** The experiences that RudderStack was told of. */
const told = (id) =>
  rudderstack
    .of('identify')
    .filter(({ anonymousId }) => anonymousId === id)
    .map(({ context }) => context.traits.activation_api_experience)

/**
 * Somebody opens a page, another, and a third after the cookie has ended: each shows what `look` tells. `id` is theirs
 * already, or they are new.
 */
async function assertFollows(look, isSignedUp, id) {
  const page = await visit(browser, site.at('/'), { bar: false, id })
  const elsewhere = await stayLocal(page.context())
  const before = site.asked.length
  const asked = () => site.asked.slice(before)
  await page.goto(site.at('/'))
  await eventually('the decision came', () => cookie(page, COOKIE))
  assert.equal(await cookie(page, COOKIE), String(isSignedUp))
  await eventually('the page shows it', async () => (await look(page)) === isSignedUp)
  const written = decodeURIComponent(await cookie(page, 'rl_anonymous_id'))
  const own = JSON.parse(atob(written.replace('RS_ENC_v3_', '')))
  assert.equal(own, id ?? own)
  await eventually('the experience was told', () => told(own).length > 0)

  await page.goto(site.at('/docs'))
  assert.equal(await look(page), isSignedUp)
  assert.deepEqual(asked(), ['/_pintle/decision'], 'a cookie that is there is enough')
  await page.context().clearCookies({ name: COOKIE })
  await page.goto(site.at('/'))
  await eventually('it was asked again', () => asked().length === 2)
  assert.deepEqual(told(own), [isSignedUp], 'told once')
  assert.deepEqual(elsewhere, [], 'nothing was needed from elsewhere')
}

/** One whom nobody knows, and one who has signed up. */
async function assertShows(look) {
  await assertFollows(look, false)
  const id = newId()
  await site.profiles.put(`user:anonymous_id:${id}`, SIGNED_UP)
  await assertFollows(look, true, id)
}

test('one line of HTML asks, and a style sheet shows the decision', async () => {
  site.head = `<script>${rudderstack.snippet('v3')}</script>${snippet('page')}`
  await assertShows(async (page) => {
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
  await assertShows((page) => page.evaluate(() => document.body.classList.contains('signed-up')))
})

test('the script is as small as it is said to be', async () => {
  const script = await readFile(path.join(project.folder, 'node_modules/pintle/dist/browser/script.js'))
  assert.equal((gzipSync(script, { level: 9 }).length / 1000).toFixed(1), '1.2')
})
