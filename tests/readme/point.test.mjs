// "Point the SDK at Pintle" in Chromium: RudderStack's real SDK, loaded by the line as it stands in the README, before the real
// Worker with the variables that stand there and the demo's own personalization.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { parse } from 'smol-toml'

import { root } from '../../scripts/project.mjs'
import { launch } from '../browser/chromium.mjs'
import { startEventsSite } from '../browser/events_site.mjs'
import { startRudderStack } from '../browser/rudderstack.mjs'
import { eventually } from '../worker/browser.mjs'
import { snippet } from './snippets.mjs'

test('the SDK that is loaded as it is shown changes the page that is open, and the next', async (t) => {
  const [browser, rudderstack] = [await launch(), await startRudderStack()]
  const PERSONALIZATION = await readFile(path.join(root, 'personalization.json'), 'utf8')
  const bindings = { ...parse(snippet('point/wrangler.toml')), PERSONALIZATION, WRITE_KEYS: 'YOUR-WRITE-KEY' }
  const site = await startEventsSite(rudderstack, { bindings })
  t.after(() => Promise.all([browser, site, rudderstack].map((running) => running.dispose?.() ?? running.close())))

  const load = snippet('point/load.js').replaceAll('https://www.example.com/', site.at('/'))
  const client = `<script src="/pintle.js"></script><script src="${rudderstack.sdkScript('v3')}"></script>`
  const told = `pintle.onDecision('rs_activation_signed_up', (value) => (window.told = value))`
  const head = `${client}<script>${load};${told}</script>`
  const { page } = await site.newVisitor(browser)
  await site.openWith(page, '/', head)
  const user = randomUUID()
  await page.evaluate((user) => rudderanalytics.identify(user, { createdAt: '2026-11-25', plan: 'crew' }), user)
  await eventually('the open page is told', () => page.evaluate(() => window.told === true))
  await site.openWith(page, '/docs', head)
  assert.equal(await page.locator('header a.cta').textContent(), 'Request Demo')
  const { USER_APP_SIGN_UP, user_app_sign_up_date, product_tier_app } = await site.becomes(
    'KV has it',
    user,
    ({ USER_APP_SIGN_UP }) => USER_APP_SIGN_UP === 1,
    'user_id',
  )
  assert.deepEqual(
    { USER_APP_SIGN_UP, user_app_sign_up_date, product_tier_app },
    {
      USER_APP_SIGN_UP: 1,
      user_app_sign_up_date: '2026-11-25',
      product_tier_app: 'crew',
    },
  )
})
