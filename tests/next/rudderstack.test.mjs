// RudderStack's real SDKs in Chromium, on a page of a real Next.js 16 app: the SDK writes its own cookie, the next page
// is personalised by it, and RudderStack is told of the experience. Nothing stands in for anything between them.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { keep, launch, seen, visit } from '../browser/chromium.mjs'
import { startRudderStack, stayLocal } from '../browser/rudderstack.mjs'
import { startActivationApi } from '../worker/activation_api.mjs'
import { eventually } from '../worker/browser.mjs'
import { KEY } from '../worker/site.mjs'
import { startApp } from './app.mjs'
import { variants } from './variants.mjs'
import { COOKIE } from './visitors.mjs'

const variant = variants.find(({ version, middleware }) => version === '16' && middleware === 'proxy')

describe('with RudderStack', { skip: variant ? false : 'no app of this run is a Next.js 16 with a proxy' }, () => {
  let browser, api, rudderstack

  before(async () => {
    browser = await launch()
    api = await startActivationApi()
    rudderstack = await startRudderStack()
  })

  after(async () => {
    await browser?.close()
    await Promise.all([rudderstack, api].map((running) => running?.dispose()))
  })

  for (const version of ['v3', 'v1.1']) {
    test(`the second page is personalised, and RudderStack learns the experience once (SDK ${version})`, async (t) => {
      const environment = { ...api.bindings, TICKET_KEYS: KEY, ANALYTICS_SNIPPET: rudderstack.snippet(version) }
      const app = await startApp(variant, environment)
      t.after(() => app.dispose())
      const page = await visit(browser, app.url)
      const elsewhere = await stayLocal(page.context())

      /** Opens the page and waits until RudderStack has what it sends; resolves to the SDK's anonymous id. */
      async function open() {
        await page.goto(`${app.url}/analytics`)
        const [id, last] = await page.evaluate(async () => {
          await new Promise((resolve) => rudderanalytics.ready(resolve))
          const last = crypto.randomUUID()
          rudderanalytics.track(last)
          return [rudderanalytics.getAnonymousId(), last]
        })
        const events = () => rudderstack.of('track').map(({ event }) => event)
        await eventually('RudderStack was told of the page', () => events().includes(last))
        return id
      }
      const cookie = async (wanted) => (await page.context().cookies()).find(({ name }) => name === wanted)?.value
      const told = (id) => rudderstack.of('identify').filter(({ anonymousId }) => anonymousId === id)

      const asked = api.asked.length
      const id = await open()
      assert.match(
        decodeURIComponent(await cookie('rl_anonymous_id')),
        version === 'v3' ? /^RS_ENC_v3_/ : /^RudderEncrypt:/,
      )
      assert.deepEqual(await seen(page), ['Try for free'])
      assert.equal(await cookie(COOKIE), undefined, 'the first request came without an id')
      assert.equal(api.asked.length, asked)

      await api.knows(id, { USER_APP_SIGN_UP: 1 })
      assert.equal(await open(), id)
      assert.deepEqual(await seen(page), ['Request Demo'], 'no frame ever showed anything else')
      await keep(page, `next-sdk-${version}`)
      assert.equal(await cookie(COOKIE), 'true')
      assert.equal(api.asked.length, asked + 1)
      await eventually('the experience was told', () => told(id).length > 0)

      await open()
      const experiences = told(id).map(({ userId, context }) => [userId, context.traits.activation_api_experience])
      assert.deepEqual(experiences, [[id, true]], 'told once, on the page where it was new')
      assert.equal(api.asked.length, asked + 1, 'and the ticket answers')
      assert.deepEqual(elsewhere, [], 'nothing was needed from elsewhere')
    })
  }
})
