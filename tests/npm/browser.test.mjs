// `pintle/browser` as a site gets it, in Chromium: what it reads, when it tells, when it asks. With RudderStack's
// real SDK and the real Worker it is tested in tests/browser/sdk.test.mjs.

import assert from 'node:assert/strict'
import { readFile, symlink } from 'node:fs/promises'
import path from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { root } from '../../scripts/project.mjs'
import { run } from '../../scripts/run.mjs'
import { launch } from '../browser/chromium.mjs'
import { at, startPages } from '../browser/pages.mjs'
import { eventually } from '../worker/browser.mjs'
import { project } from './pack.mjs'
import { weigh } from './weigh.mjs'

const COOKIE = 'rs_activation_signed_up'
const SET = `${COOKIE}=true; SameSite=Lax; Secure; Path=/; Max-Age=86400`
const MOST_BYTES = 1536

/** How each form is put on a page; both end as `window.pintle`. */
const FORMS = {
  '/module': `<script type="module">
    import * as pintle from '/pintle/index.js'
    window.pintle = pintle
  </script>`,
  '/script': '<script src="/pintle.js"></script>',
}

let browser, client, site, page
/** What the endpoint was asked for, and how it answers; a test may change that. */
let asked, endpoint

before(async () => {
  client = await project()
  browser = await launch()
  site = await startPages({
    client: path.join(client.folder, 'node_modules/pintle'),
    page: (pathname) => FORMS[pathname] && `<!doctype html><link rel=icon href=data:,>${FORMS[pathname]}`,
    answer: (request, response) => {
      asked.push(request)
      endpoint(response)
    },
  })
})

after(async () => {
  await browser?.close()
  await Promise.all([site, client].map((it) => it?.dispose()))
})

const decided = (response) => response.writeHead(200, { 'set-cookie': SET }).end('{"decisions":{"signed_up":true}}')

beforeEach(async () => {
  await page?.context().close()
  page = await (await browser.newContext()).newPage()
  asked = []
  endpoint = decided
})

const setCookie = (value, { name = COOKIE, on = page } = {}) =>
  on.evaluate((cookie) => {
    document.cookie = cookie
  }, `${name}=${value}; path=/`)

/** Notes in the page what a listener is told about the cookie. */
const listen = () =>
  page.evaluate((cookie) => {
    window.told = []
    window.stop = pintle.onDecision(cookie, (value) => told.push(value ?? 'nothing'))
  }, COOKIE)
const told = () => page.evaluate(() => window.told)

for (const form of Object.keys(FORMS)) {
  test(`a decision has the type that was decided, never the truthy text 'false' (${form})`, async () => {
    await page.goto(at(site, form))
    assert.equal(await page.evaluate((cookie) => typeof pintle.decision(cookie), COOKIE), 'undefined')
    for (const [written, expected] of [
      ['true', true],
      ['false', false],
      ['%66alse', false],
      ['0', 0],
      ['-12.5', -12.5],
      ['1e%2B21', 1e21],
      ['5e-324', 5e-324],
      ['TRUE', 'TRUE'],
      ['True', 'True'],
      ['', ''],
      ['null', 'null'],
      ['NaN', 'NaN'],
      ['Infinity', 'Infinity'],
      ['-0', '-0'],
      ['007', '007'],
      ['+1', '+1'],
      ['1.0', '1.0'],
      ['1e5', '1e5'],
      ['0x10', '0x10'],
      ['%201', ' 1'],
      ['9007199254740993', '9007199254740993'],
      ['treatment%20B', 'treatment B'],
      ['Gr%C3%B6%C3%9Fe%2C%22%3B', 'Größe,";'],
      ['a=b', 'a=b'],
      ['%7B%22a%22%3A%5B1%5D%7D', '{"a":[1]}'],
      ['%', undefined],
      ['%E0%A4%A', undefined],
      ['%FF', undefined],
    ]) {
      await setCookie(written)
      // Not through JSON alone: the driver has no word for -0, and a missing value is no null.
      const [value, type] = await page.evaluate((cookie) => {
        const value = pintle.decision(cookie)
        return [value, typeof value]
      }, COOKIE)
      assert.deepEqual([value, type], [expected, typeof expected], written)
    }
  })
}

test('of several cookies of one name the last counts, and strangers never harm', async () => {
  await page.goto(at(site, '/module'))
  await page.evaluate((cookie) => {
    document.cookie = `x${cookie}=stranger`
    document.cookie = 'without a name'
    document.cookie = `${cookie.toUpperCase()}=other`
    document.cookie = 'broken=%E0%A4%A'
    // The longer path comes first in `document.cookie`.
    document.cookie = `${cookie}=false; path=/module`
    document.cookie = `${cookie}=true; path=/`
  }, COOKIE)
  assert.match(await page.evaluate(() => document.cookie), /=false.*=true/)
  assert.equal(await page.evaluate((cookie) => pintle.decision(cookie), COOKIE), true)
})

test('where a document may not be read there is no decision, and no exception', async () => {
  await page.goto(at(site, '/module'))
  const value = await page.evaluate(async () => {
    const frame = document.createElement('iframe')
    frame.sandbox = 'allow-scripts'
    frame.srcdoc = `<script src="${location.origin}/pintle.js" data-cookie="c" data-ask></script>
      <script>parent.postMessage(String(pintle.decision('c')), '*')</script>`
    document.body.append(frame)
    return new Promise((resolve) => addEventListener('message', ({ data }) => resolve(data)))
  })
  assert.equal(value, 'undefined')
  const { decision } = await import(path.join(client.folder, 'node_modules/pintle/dist/browser/index.js'))
  assert.equal(decision(COOKIE), undefined, 'nor on a server')
})

test('a listener is told once about every change, and no longer when it was stopped', async () => {
  await page.goto(at(site, '/module'))
  await setCookie('false')
  await listen()
  await setCookie('true')
  await eventually('the listener was told', async () => (await told()).length === 1)
  await setCookie('true')
  await setCookie('1', { name: 'another' })
  await setCookie('; max-age=0')
  await eventually('the listener was told of the end', async () => (await told()).length === 2)
  await page.evaluate(() => stop())
  await setCookie('false')
  await page.evaluate(() => dispatchEvent(new Event('focus')))
  assert.deepEqual(await told(), [true, 'nothing'])
})

test('a change by another tab is told, too', async () => {
  await page.goto(at(site, '/module'))
  await listen()
  const other = await page.context().newPage()
  await other.goto(at(site, '/script'))
  await setCookie('variant', { on: other })
  await eventually('the first tab was told', async () => (await told()).length === 1)
  assert.deepEqual(await told(), ['variant'])
})

test('without the CookieStore API the page looks again when it is shown, focused, or was answered', async () => {
  // An origin that is not trustworthy has no CookieStore.
  await page.route('http://shop.example/**', async (route) => {
    const url = route.request().url().replace('http://shop.example', site.url)
    await route.fulfill({ response: await route.fetch({ url }) })
  })
  endpoint = (response) => response.writeHead(200, { 'set-cookie': `${COOKIE}=asked; Path=/` }).end('{}')
  await page.goto('http://shop.example/module')
  assert.equal(await page.evaluate(() => typeof cookieStore), 'undefined')
  await listen()
  const expected = []
  for (const [type, on] of [
    ['focus', 'window'],
    ['visibilitychange', 'document'],
    ['pageshow', 'window'],
  ]) {
    await setCookie(type)
    assert.deepEqual(await told(), expected)
    await page.evaluate(([type, on]) => globalThis[on].dispatchEvent(new Event(type, { bubbles: true })), [type, on])
    expected.push(type)
    assert.deepEqual(await told(), expected)
  }
  await setCookie('; max-age=0')
  await page.evaluate((cookie) => pintle.ask({ cookie }), COOKIE)
  assert.deepEqual(await told(), [...expected, 'asked'])
  endpoint = (response) => response.writeHead(200, { 'set-cookie': `${COOKIE}=answered; Path=/` }).end('ok')
  await page.evaluate(() => fetch('/_pintle/decision'))
  await eventually('the page was told', async () => (await told()).length === 5)
  assert.deepEqual(await told(), [...expected, 'asked', 'answered'])
})

test('ask sets the cookie, tells it, and asks nobody while it is there', async () => {
  await page.goto(at(site, '/module'))
  await listen()
  await page.evaluate((cookie) => pintle.ask({ cookie }), COOKIE)
  assert.deepEqual(await told(), [true], 'told when ask is done')
  await page.evaluate((cookie) => pintle.ask({ cookie }), COOKIE)
  await page.reload()
  await page.evaluate((cookie) => pintle.ask({ cookie, anonymousId: 'an-id' }), COOKIE)
  assert.equal(asked.length, 1)
  const [{ url, method, headers }] = asked
  assert.deepEqual([method, url, headers['sec-fetch-site']], ['GET', '/_pintle/decision', 'same-origin'])
  await page.context().clearCookies()
  await page.evaluate((cookie) => pintle.ask({ cookie }), COOKIE)
  assert.equal(asked.length, 2, 'the cookie ended')
})

test('of several cookies each has to be there', async () => {
  await page.goto(at(site, '/module'))
  await setCookie('1', { name: 'other' })
  await page.evaluate((cookie) => pintle.ask({ cookie: ['other', cookie] }), COOKIE)
  assert.equal(asked.length, 1)
  await page.evaluate((cookie) => pintle.ask({ cookie: ['other', cookie] }), COOKIE)
  assert.equal(asked.length, 1)
})

test('calls at the same time make one request', async () => {
  await page.goto(at(site, '/module'))
  await page.evaluate(async (cookie) => {
    const calls = [{ cookie }, { cookie }, { cookie: 'other' }, { cookie, endpoint: '/_pintle/decision' }]
    await Promise.all(calls.map(pintle.ask))
  }, COOKIE)
  assert.equal(asked.length, 1)
})

test('an anonymous id is a parameter when it is given, whatever is in it', async () => {
  await page.goto(at(site, '/module'))
  for (const anonymousId of ['a b&c=d/ö', undefined, '']) {
    await page.evaluate(
      ([anonymousId, cookie]) => pintle.ask({ cookie, anonymousId, endpoint: '/own?x=1' }),
      [anonymousId, COOKIE],
    )
    await page.context().clearCookies()
  }
  const urls = asked.map(({ url }) => new URL(url, site.url))
  assert.deepEqual(
    urls.map(({ pathname, searchParams }) => [pathname, ...searchParams.entries()]),
    [
      ['/own', ['x', '1'], ['anonymousId', 'a b&c=d/ö']],
      ['/own', ['x', '1']],
      ['/own', ['x', '1']],
    ],
  )
})

test('ask never throws: not at an error, not at no answer, not at another origin, not at nonsense', async () => {
  const problems = []
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(at(site, '/module'))
  await listen()
  for (const fail of [
    (response) => response.writeHead(500).end(),
    (response) => response.writeHead(429, { 'retry-after': '60' }).end(),
    (response) => response.destroy(),
    (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    (response) => response.writeHead(200).end('<not json>'),
  ]) {
    endpoint = fail
    assert.equal(await page.evaluate((cookie) => pintle.ask({ cookie }), COOKIE), undefined)
  }
  assert.ok(asked.length >= 5)
  const before = asked.length
  const elsewhere = `${site.url}/_pintle/decision`
  for (const question of [{ cookie: COOKIE, endpoint: elsewhere }, { cookie: COOKIE, endpoint: 'http://[' }, null]) {
    assert.equal(await page.evaluate((question) => pintle.ask(question), question), undefined)
  }
  assert.equal(asked.length, before, 'no other origin is asked')
  assert.deepEqual(await told(), [])
  endpoint = decided
  await page.evaluate((cookie) => pintle.ask({ cookie }), COOKIE)
  assert.deepEqual(await told(), [true], 'after a failure it can be asked again')
  assert.deepEqual(problems, [])
})

test('an endpoint that never answers is given up', async () => {
  endpoint = () => {}
  await page.goto(at(site, '/module'))
  const took = await page.evaluate(async (cookie) => {
    const started = performance.now()
    await pintle.ask({ cookie })
    return performance.now() - started
  }, COOKIE)
  assert.ok(took > 4900 && took < 7000, `${took} ms`)
})

test('the script form shows decisions to style sheets before the first paint, and follows them', async () => {
  await page.route('**/styled', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><link rel=icon href=data:,><style>html:not([data-pintle~='${COOKIE}=true']) p { display: none }</style>
        <script src="/pintle.js" data-cookie="${COOKIE} variant"></script><p>Welcome back</p>`,
    }),
  )
  const shown = () => page.locator('html').getAttribute('data-pintle')
  await page.context().addCookies([{ name: COOKIE, value: 'true', url: at(site) }])
  await page.goto(at(site, '/styled'))
  assert.equal(await shown(), `${COOKIE}=true`)
  assert.ok(await page.locator('p').isVisible())
  await setCookie('B%20"x"', { name: 'variant' })
  await eventually('the attribute followed', async () => (await shown()) === `${COOKIE}=true variant=B%20%22x%22`)
  await page.context().clearCookies()
  await eventually('the attribute followed', async () => (await shown()) === '')
  assert.ok(await page.locator('p').isHidden())
})

test('the script form asks by itself for a visitor whom the SDK knows', async () => {
  await page.route('**/asks', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><link rel=icon href=data:,><script src="/pintle.js" data-cookie="${COOKIE}" data-ask></script>`,
    }),
  )
  await page.goto(at(site, '/asks'))
  await page.waitForLoadState('networkidle')
  assert.equal(asked.length, 0, 'nobody is there to be asked about')
  await setCookie('RS_ENC_v3_ImFuLWlkIg%3D%3D', { name: 'rl_anonymous_id' })
  await page.goto(at(site, '/asks'))
  await eventually('the cookie is there', () => page.evaluate((cookie) => pintle.decision(cookie), COOKIE))
  await page.goto(at(site, '/asks'))
  await page.waitForLoadState('networkidle')
  assert.equal(asked.length, 1)
})

test('each form weighs at most 1.5 KB gzip with everything, and only what is used is bundled', async () => {
  const weighed = async (code) => (await weigh(client.folder, code)).total
  const all = await weighed("import * as pintle from 'pintle/browser'; window.all = pintle")
  const file = await readFile(path.join(client.folder, 'node_modules/pintle/dist/browser/script.js'))
  const script = gzipSync(file, { level: 9 }).length
  assert.ok(all <= MOST_BYTES && all > 500, `the module is ${all} bytes`)
  assert.ok(script <= MOST_BYTES && script > 500, `the script is ${script} bytes`)
  assert.ok((await weighed("import { decision } from 'pintle/browser'; decision('c')")) < all / 2)
  assert.ok((await weighed("import 'pintle/browser'")) < 50, 'an import alone does nothing')
})

test("its types take the SDKs' own types, strictly", async () => {
  const { folder, dispose } = await project({
    'page.ts': `
      import { RudderAnalytics } from '@rudderstack/analytics-js'
      import * as old from 'rudder-sdk-js'
      import { ask, decision, onDecision, trackExperience, type Value } from 'pintle/browser'
      import { useDecision } from 'pintle/react'

      const value: Value | undefined = decision('c')
      const stop: () => void = onDecision('c', (value: Value | undefined) => console.log(value))
      const sdk = new RudderAnalytics()
      sdk.load('key', 'https://plane.example', {
        onLoaded: () => ask({ cookie: 'c', anonymousId: sdk.getAnonymousId() }).then(stop),
      })
      trackExperience(sdk, 'c')
      trackExperience(old, 'c', { trait: 'variant', experience: (value) => value === 'B' })
      if (window.rudderanalytics) trackExperience(window.rudderanalytics, 'c')
      trackExperience([], 'c')
      const known: Value = useDecision('c', false)
      const unknown: Value | undefined = useDecision('c')
      // @ts-expect-error: without what the server rendered there may be no decision
      const never: Value = useDecision('c')
      // @ts-expect-error: a decision's cookie has a name
      ask({})
      export { known, never, unknown, value }`,
  })
  try {
    for (const name of ['@rudderstack', 'rudder-sdk-js', 'react', '@types']) {
      await symlink(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name))
    }
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noEmit', '--skipLibCheck', '--target', 'es2022']
    const bundler = ['--module', 'esnext', '--moduleResolution', 'bundler']
    await run('npx', ['--no-install', 'tsc', '--ignoreConfig', ...strict, ...bundler, path.join(folder, 'page.ts')])
  } finally {
    await dispose()
  }
})
