// RudderStack's real SDKs in Chromium, before the real Worker: the SDK writes its own cookie, Pintle knows the visitor
// by it, and RudderStack is told of the experience. Nothing stands in for anything between them.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import CryptoJS from 'crypto-js'

import { eventually } from '../worker/browser.mjs'
import { keep, launch, seen, visit } from './chromium.mjs'
import { startRudderStack, stayLocal } from './rudderstack.mjs'
import { startTaggedSite } from './tagged_site.mjs'

const COOKIE = 'rs_activation_signed_up'
const TRAIT = 'activation_api_experience'
const VIEW = 'WEB_PERSONALIZATION:FEATURES_BY_ANON'
const SIGNED_UP = JSON.stringify({ [VIEW]: { USER_APP_SIGN_UP: 1 } })
const NOT_SIGNED_UP = JSON.stringify({ [VIEW]: { USER_APP_SIGN_UP: null } })
/** What each generation of the SDK keeps an id as, in a cookie that has been decoded. */
const COOKIES = {
  v3: { holds: (value, id) => value === `RS_ENC_v3_${btoa(JSON.stringify(id))}` },
  'v1.1': {
    holds: (value, id) => {
      const [, text] = value.match(/^RudderEncrypt:(.+)$/)
      return CryptoJS.AES.decrypt(text, 'Rudder').toString(CryptoJS.enc.Utf8) === JSON.stringify(id)
    },
  },
}

let browser, rudderstack, site, bare

before(async () => {
  browser = await launch()
  rudderstack = await startRudderStack()
  site = await startTaggedSite()
  bare = await startTaggedSite({ middleware: false, bindings: { DECISION_ID_PARAMETER: 'true' } })
})

after(async () => {
  await browser?.close()
  await Promise.all([rudderstack, site, bare].map((running) => running?.dispose()))
})

/** A script that the page runs. */
const inline = (script, type = '') => `<script ${type}>${script}</script>`
const tracked = `<script src="/pintle.js" data-cookie="${COOKIE}" data-track></script>`
const CLIENTS = {
  'the one-line script': { before: '', after: tracked },
  'the one-line script before the snippet': { before: tracked, after: '' },
  'the module': {
    before: '',
    after: inline(
      `import { trackExperience } from '/pintle/index.js'; trackExperience(window.rudderanalytics, '${COOKIE}')`,
      'type="module"',
    ),
  },
}

/** A new visitor's tab that can only reach this machine, and what it reached for elsewhere. */
async function newVisitor(at) {
  const page = await visit(browser, at('/'), { bar: false })
  return { page, elsewhere: await stayLocal(page.context()) }
}

/**
 * Opens a page and waits until RudderStack has all that it sends when it is ready: what this function tracks then is
 * the last. Resolves to the SDK's anonymous id.
 */
async function open(page, url) {
  await page.goto(url)
  const [id, last] = await page.evaluate(async () => {
    await new Promise((resolve) => rudderanalytics.ready(resolve))
    const last = crypto.randomUUID()
    rudderanalytics.track(last)
    return [rudderanalytics.getAnonymousId(), last]
  })
  await eventually('RudderStack was told of the page', () =>
    rudderstack.of('track').some(({ event }) => event === last),
  )
  return id
}

const identified = (id) => rudderstack.of('identify').filter(({ anonymousId }) => anonymousId === id)
/** Whom each `identify` of a visitor named, and the experience that it carried. */
const experiences = (id) => identified(id).map(({ userId, context }) => [userId, context.traits[TRAIT]])
const cookie = async (page, name) => (await page.context().cookies()).find((cookie) => cookie.name === name)
const profileOf = (id) => `user:anonymous_id:${id}`

for (const version of Object.keys(COOKIES)) {
  for (const [form, client] of Object.entries(CLIENTS)) {
    test(`the second page is personalised, and RudderStack learns the experience once (SDK ${version}, ${form})`, async () => {
      site.head = client.before + inline(rudderstack.snippet(version)) + client.after
      const { page, elsewhere } = await newVisitor(site.at)

      const id = await open(page, site.at('/'))
      assert.match(id, /^[\da-f]{8}-[\da-f-]{27}$/)
      const written = decodeURIComponent((await cookie(page, 'rl_anonymous_id')).value)
      assert.ok(COOKIES[version].holds(written, id), written)
      assert.deepEqual(await seen(page), ['Try for free'])
      assert.equal(await cookie(page, COOKIE), undefined, 'the first request came without an id')

      await site.profiles.put(profileOf(id), SIGNED_UP)
      assert.equal(await open(page, site.at('/docs')), id)
      assert.deepEqual(await seen(page), ['Request Demo'], 'no frame ever showed anything else')
      await keep(page, `sdk-${version}`)
      assert.equal((await cookie(page, COOKIE)).value, 'true')
      await eventually('the experience was told', () => identified(id).length > 0)

      await open(page, site.at('/'))
      assert.deepEqual(await seen(page), ['Request Demo'])
      assert.deepEqual(experiences(id), [[id, true]], 'told once, on the page where it was new')
      assert.deepEqual(elsewhere, [], 'nothing was needed from elsewhere')
    })
  }

  test(`a visitor who has not signed up has the other experience, until that changes (SDK ${version})`, async () => {
    site.head = inline(rudderstack.snippet(version)) + tracked
    const { page } = await newVisitor(site.at)
    const id = await open(page, site.at('/'))
    await site.profiles.put(profileOf(id), NOT_SIGNED_UP)
    await open(page, site.at('/docs'))
    assert.deepEqual(await seen(page), ['Try for free'])
    await eventually('the experience was told', () => identified(id).length > 0)
    assert.deepEqual(experiences(id), [[id, false]])

    await site.profiles.put(profileOf(id), SIGNED_UP)
    // The ticket grew old: the profile is looked up again.
    await page.context().clearCookies({ name: 'pintle_ticket' })
    await open(page, site.at('/'))
    await eventually('the new one was told', () => identified(id).length > 1)
    assert.deepEqual(experiences(id), [
      [id, false],
      [id, true],
    ])
  })

  test(`a user whom the SDK knows by name stays that user (SDK ${version})`, async () => {
    const user = `user-42-of-${version}`
    const track = `onLoaded: () => pintle.trackExperience(rudderanalytics, '${COOKIE}')`
    const identify = `;rudderanalytics.identify('${user}', { plan: 'pro' })`
    site.head = `<script src="/pintle.js"></script>${inline(rudderstack.snippet(version, track) + identify)}`
    const { page } = await newVisitor(site.at)
    const id = await open(page, site.at('/'))
    await site.profiles.put(profileOf(id), SIGNED_UP)
    await open(page, site.at('/docs'))
    await eventually('the experience was told', () => experiences(id).some(([, had]) => had === true))
    assert.equal(await page.evaluate(() => rudderanalytics.getUserId()), user)
    assert.deepEqual([...new Set(experiences(id).map(([userId]) => userId))], [user])
  })

  test(`without middleware the page asks when the SDK is loaded, and again only when the cookie ended (SDK ${version})`, async () => {
    const { page, elsewhere } = await newVisitor(bare.at)
    bare.head = inline(rudderstack.snippet(version))
    const id = await open(page, bare.at('/docs'))
    await bare.profiles.put(profileOf(id), SIGNED_UP)
    const before = bare.asked.length

    const onLoaded = `onLoaded: () => pintle.ask({ cookie: '${COOKIE}', anonymousId: rudderanalytics.getAnonymousId() })`
    const note = `window.told = []; pintle.onDecision('${COOKIE}', (value) => told.push(value))`
    bare.head = tracked + inline(note) + inline(rudderstack.snippet(version, onLoaded))
    await open(page, bare.at('/'))
    await eventually('the listener was told', () => page.evaluate(() => told.length))
    assert.deepEqual(await page.evaluate(() => told), [true])
    assert.deepEqual(bare.asked.slice(before), [`/_pintle/decision?anonymousId=${id}`])
    const { value, expires, sameSite } = await cookie(page, COOKIE)
    assert.deepEqual({ value, sameSite }, { value: 'true', sameSite: 'Lax' })
    const days = (expires - Date.now() / 1000) / 86_400
    assert.ok(days > 0.99 && days <= 1, `it ends in ${days} days`)
    await eventually('the experience was told', () => identified(id).length > 0)

    await open(page, bare.at('/docs'))
    assert.deepEqual(await seen(page), ['Request Demo'], 'the next page shows it from its first frame')
    assert.equal(bare.asked.length, before + 1, 'and asks nobody')
    assert.deepEqual(experiences(id), [[id, true]])

    await page.context().clearCookies({ name: COOKIE })
    await open(page, bare.at('/'))
    await eventually('it was asked again', () => bare.asked.length === before + 2)
    assert.deepEqual(elsewhere, [])
  })

  test(`one line of HTML is all that a first page needs without middleware (SDK ${version})`, async () => {
    bare.head =
      inline(rudderstack.snippet(version)) +
      `<script src="/pintle.js" data-cookie="${COOKIE}" data-ask data-track></script>`
    const { page } = await newVisitor(bare.at)
    const before = bare.asked.length
    const id = await open(page, bare.at('/'))
    await eventually('the experience was told', () => identified(id).length > 0)
    assert.deepEqual(experiences(id), [[id, false]], 'nobody knows this visitor yet')
    assert.deepEqual(bare.asked.slice(before), ['/_pintle/decision'], 'the id is read from the SDK’s own cookie')
    assert.equal(await page.locator('html').getAttribute('data-pintle'), `${COOKIE}=false`)
  })
}
