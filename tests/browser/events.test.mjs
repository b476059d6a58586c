// RudderStack's own SDK in Chromium sends to the site's own origin, unmodified: what arrives, at the end of a page, after an
// outage, from two tabs; and two people at one device.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'

import { eventually } from '../worker/browser.mjs'
import { launch } from './chromium.mjs'
import { startEventsSite } from './events_site.mjs'
import { startRudderStack } from './rudderstack.mjs'

/** The SDK tries again sooner than it would. */
const SOON = 'queueOptions: { minRetryDelay: 100, maxRetryDelay: 300, maxAttempts: 100, timerScaleFactor: 1 }'

let browser, rudderstack, site

before(async () => {
  browser = await launch()
  rudderstack = await startRudderStack()
  site = await startEventsSite(rudderstack)
})
after(async () => {
  await browser?.close()
  await Promise.all([rudderstack, site].map((running) => running?.dispose()))
})

const idOf = (page) => page.evaluate(() => rudderanalytics.getAnonymousId())
const sorted = (numbers) => [...(numbers ?? [])].sort((a, b) => a - b)
const upTo = (count) => Array.from({ length: count }, (_, index) => index + 1)

/** Tracks a click for each of these numbers. */
const click = (page, numbers) =>
  page.evaluate((numbers) => {
    for (const n of numbers) rudderanalytics.track('Clicked', { n })
  }, numbers)

/** Waits until these clicks were heard of, in whatever order, each once. */
async function heard(id, numbers) {
  const is = ({ CLICKS }) => (CLICKS?.length ?? 0) >= numbers.length
  const { CLICKS } = await site.becomes('the clicks are there', id, is)
  assert.deepEqual(sorted(CLICKS), numbers)
}

test('each of its calls arrives, under the ids that it says', async () => {
  const { page, elsewhere } = await site.newVisitor(browser)
  await site.open(page, '/docs')
  const [id, user] = [await idOf(page), `user-${randomUUID()}`]
  await site.becomes('the page view is there', id, ({ PATHS }) => PATHS?.length === 1)
  await click(page, [1])
  await page.evaluate((user) => {
    rudderanalytics.identify(user, { createdAt: '2026-11-25', plan: 'crew' })
    rudderanalytics.group('neap', { employees: 12 })
    rudderanalytics.alias(user)
  }, user)
  const expected = { USER_APP_SIGN_UP: 1, PLAN: 'crew', PATHS: ['/docs'], CLICKS: [1], GROUP: 'neap', ALIASES: 1 }
  const arrived = (known) => known.ALIASES === 1 && known.GROUP === 'neap' && known.USER_APP_SIGN_UP === 1
  for (const [value, type] of [
    [id, 'anonymous_id'],
    [user, 'user_id'],
  ])
    assert.deepEqual(await site.becomes('all of it is there', value, arrived, type), expected)
  for (const { status } of site.collected) assert.equal(status, 200)
  assert.deepEqual(elsewhere, [], 'nothing was needed from elsewhere')

  // reset() itself sends nothing: what comes after it is of nobody by name, and with `true` of another device.
  await page.evaluate(() => rudderanalytics.reset(true))
  await click(page, [2])
  const next = await idOf(page)
  assert.notEqual(next, id)
  await heard(next, [2])
})

test('by sendBeacon at the end of a page, and the next page hears of nothing twice', async () => {
  const { page } = await site.newVisitor(browser)
  const before = site.collected.length
  await site.open(page, '/', 'useBeacon: true')
  const id = await idOf(page)
  await click(page, upTo(3))
  assert.deepEqual(site.collected.slice(before), [], 'it waits for more')
  await site.open(page, '/docs', 'useBeacon: true')
  await heard(id, upTo(3))
  const sent = site.collected.slice(before)
  assert.ok(sent.length > 0)
  for (const each of sent) assert.deepEqual(each, { path: '/collect/beacon/v1/batch', status: 200 })
})

test('in batches', async () => {
  const { page } = await site.newVisitor(browser)
  const before = site.collected.length
  await site.open(page, '/', 'queueOptions: { batch: { enabled: true, maxItems: 5, flushInterval: 1000 } }')
  await click(page, upTo(9))
  await heard(await idOf(page), upTo(9))
  const sent = site.collected.slice(before)
  assert.deepEqual(sent, [
    { path: '/collect/v1/batch', status: 200 },
    { path: '/collect/v1/batch', status: 200 },
  ])
})

for (const [how, fails] of [
  ['answers 503', 503],
  ['hangs up', 'hangs up'],
  ['loses its answers', 'loses its answers'],
]) {
  test(`after a while in which the server ${how}, everything arrives once`, async () => {
    const { page } = await site.newVisitor(browser)
    await site.open(page, '/', SOON)
    const id = await idOf(page)
    const before = site.collected.length
    site.fails = fails
    try {
      await click(page, upTo(4))
      await eventually('each was tried', () => site.collected.length - before >= 6)
      if (fails !== 'loses its answers') assert.deepEqual((await site.knows(id)).CLICKS ?? [], [])
      await click(page, [5])
    } finally {
      site.fails = undefined
    }
    await heard(id, upTo(5))
    const { PATHS } = await site.knows(id)
    assert.deepEqual(PATHS, ['/'])
  })
}

test('what two tabs send with one messageId counts once', async () => {
  const { page } = await site.newVisitor(browser)
  await site.open(page)
  const id = await idOf(page)
  const sent = page.waitForRequest((request) => request.url().endsWith('/collect/v1/track'))
  await click(page, [1])
  const request = await sent
  const again = { body: request.postData(), authorization: await request.headerValue('authorization') }
  const tab = await page.context().newPage()
  await site.open(tab)
  const status = await tab.evaluate(async ({ body, authorization }) => {
    const headers = { authorization, 'content-type': 'application/json' }
    return (await fetch('/collect/v1/track', { method: 'POST', headers, body })).status
  }, again)
  assert.equal(status, 200)
  await click(tab, [2])
  await heard(id, [1, 2])
})

const A = { user: 'alice-of-the-tests', plan: 'plan-of-alice', createdAt: 'day-of-alice' }
const B = 'bob-of-the-tests'

/** A page of the site as it came, and the cookies of its visitor. */
async function came(page, pathname) {
  const response = await site.open(page, pathname)
  const cookies = await page.context().cookies()
  const decided = cookies.find(({ name }) => name === 'rs_activation_signed_up')?.value
  const headers = Object.entries(await response.allHeaders()).flat()
  const kept = cookies.map(
    ({ name, value }) => `${name}=${decodeURIComponent(value).replace(/^RS_ENC_v3_(.*)/, (_, text) => atob(text))}`,
  )
  const all = [await response.text(), await page.content(), ...headers, ...kept].join('\n')
  return { decided, button: await page.locator('header a.cta').textContent(), all }
}

/** Nothing of who was there before is in a page: no id, no trait. */
function assertNothingOfA({ all }) {
  for (const text of Object.values(A)) assert.ok(!all.includes(text), `${text} in ${all}`)
}

const login = (page, user, traits) =>
  page.evaluate(([user, traits]) => rudderanalytics.identify(user, traits), [user, traits])

for (const isNew of [true, false]) {
  test(`two people at one device, reset(${isNew || ''}) between them: the second's page has nothing of the first`, async () => {
    const { page } = await site.newVisitor(browser)
    const { user, ...traits } = { ...A, user: `${A.user}-${randomUUID()}` }
    await site.open(page)
    const device = await idOf(page)
    await login(page, user, traits)
    await site.becomes('the first has signed up', user, ({ USER_APP_SIGN_UP }) => USER_APP_SIGN_UP === 1, 'user_id')
    await page.evaluate((isNew) => rudderanalytics.reset(...(isNew ? [true] : [])), isNew)
    assert.equal((await idOf(page)) === device, !isNew)

    const before = await came(page, '/docs')
    assertNothingOfA(before)
    // Until somebody else logs in nothing tells that the device is not its one user's any more: see docs/events.md.
    if (isNew) assert.deepEqual([before.decided, before.button], ['false', 'Try for free'])

    const second = `${B}-${randomUUID()}`
    await login(page, second, { plan: 'plan-of-bob' })
    await site.becomes('the second is known', second, ({ PLAN }) => PLAN === 'plan-of-bob', 'user_id')
    for (const pathname of ['/', '/docs']) {
      const after = await came(page, pathname)
      assertNothingOfA(after)
      assert.deepEqual([after.decided, after.button], ['false', 'Try for free'])
    }
    assert.deepEqual((await site.knows(second, 'user_id')).USER_APP_SIGN_UP, 0)
    assert.equal((await site.knows(user, 'user_id')).PLAN, A.plan)
  })
}
