// What visitors were shown reaches RudderStack's data plane: once, in batches, after the answer, and whatever becomes of it no
// page waits or fails.

import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as passed } from 'node:timers/promises'

import { root } from '../../scripts/project.mjs'
import { Browser, eventually, newId, visitor } from './browser.mjs'
import { KEY, startServer, startSite } from './site.mjs'

const WRITE_KEY = 'write-key-of-the-tests'

const PERSONALIZATION = JSON.stringify({
  view: 'V',
  features: {
    cta: {
      defaultValue: 'plain',
      rules: [{ key: 'cta-test', variations: ['plain', 'red'], meta: [{ key: 'c' }, { key: 'r' }] }],
    },
    seen: { defaultValue: false, rules: [{ condition: { browser: 'firefox' }, force: true }] },
  },
  deliver: [
    { feature: 'cta', cookie: { name: 'cta', maxAge: '1d' } },
    { feature: 'seen', cookie: { name: 'seen', maxAge: '1d' }, track: 'activation_api_experience' },
  ],
  consent: { cookie: 'consent', denied: ['no'] },
})

/** A site, and a data plane that answers as `plane.answer` does. */
async function start(t, bindings = {}, more = {}) {
  const plane = { events: [], batches: 0, answer: (_, response) => response.end('OK') }
  const server = await startServer(async (request, response) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    plane.batches += 1
    plane.authorization = request.headers.authorization
    plane.url = request.url
    plane.answer(request, response)
    if (response.statusCode === 200 && response.writableEnded) plane.events.push(...JSON.parse(body).batch)
  })
  t.after(server.dispose)
  const site = await startSite({
    bindings: {
      PERSONALIZATION,
      PROFILE_SOURCES: 'kv',
      TICKET_KEYS: KEY,
      RUDDER_DATA_PLANE_URL: `${server.url}/`,
      RUDDER_WRITE_KEY: WRITE_KEY,
      LOOKUP_BUDGET_MS: '10000',
      ...bindings,
    },
    ...more,
  })
  t.after(site.dispose)
  const health = async () => (await (await fetch(new URL('/_pintle/health', site.url))).json()).exposures
  return { ...site, plane, health }
}

const arrived = (plane, count) => eventually('they are told', () => plane.events.length >= count)

test('an experiment and the guide’s trait are told once, however many pages there are', async (t) => {
  const site = await start(t)
  const id = newId()
  const browser = new Browser(site, visitor(id))
  const first = await browser.view()
  for (let page = 0; page < 4; page += 1) await browser.view()
  await arrived(site.plane, 2)
  await new Browser(site, visitor(newId())).view()
  await arrived(site.plane, 4)
  const [viewed, identified, ...others] = site.plane.events
  assert.ok(others.every(({ anonymousId }) => anonymousId !== id))
  assert.equal(viewed.type, 'track')
  assert.equal(viewed.event, 'Experiment Viewed')
  assert.equal(viewed.anonymousId, id)
  const { version, ...properties } = viewed.properties
  assert.match(version, /^[0-9a-f]{8}$/)
  assert.deepEqual(properties, {
    experiment_id: 'cta-test',
    variation_id: { plain: 'c', red: 'r' }[first.set.cta.value],
  })
  assert.equal(identified.type, 'identify')
  for (const { context, originalTimestamp } of [viewed, identified]) {
    assert.deepEqual(context.traits, { activation_api_experience: true })
    assert.ok(!Number.isNaN(Date.parse(originalTimestamp)))
  }
  assert.equal(site.plane.url, '/v1/batch')
  assert.equal(site.plane.authorization, `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`)
  assert.deepEqual(await site.health(), { told: 4, lost: 0, waiting: 0 })
})

test('many visitors are told of in few batches', async (t) => {
  const site = await start(t)
  await Promise.all(Array.from({ length: 30 }, () => new Browser(site, visitor(newId())).view()))
  await arrived(site.plane, 60)
  assert.ok(site.plane.batches < 15, `${site.plane.batches}`)
})

test('a data plane that takes its time is told in few batches, too, where visitors come all the while', async (t) => {
  const site = await start(t)
  site.plane.answer = (_, response) => setTimeout(() => response.end('OK'), 150)
  for (let some = 0; some < 60; some += 1) {
    await new Browser(site, visitor(newId())).view()
    await passed(50)
  }
  await eventually('all are told', async () => {
    const { told, waiting } = await site.health()
    return told === 120 && waiting === 0
  })
  assert.ok(site.plane.batches < 15, `${site.plane.batches}`)
})

test('a task that the runtime ends along with its request keeps nobody’s from telling', async (t) => {
  const site = await start(t, {}, { entry: path.join(root, 'tests/worker/dropping.mjs') })
  await new Browser(site, visitor(newId())).view('/', { headers: { 'x-drop': '1' } })
  await eventually('both are told', async () => {
    await new Browser(site, visitor(newId())).view()
    return site.plane.events.length >= 4
  })
})

test('bots, prefetches, and whoever does not want to be known are told of to nobody', async (t) => {
  const site = await start(t)
  const view = (headers, cookies = {}) => new Browser(site, { ...visitor(newId()), ...cookies }).view('/', { headers })
  await view({ 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' })
  await view({ 'sec-purpose': 'prefetch' })
  await view({ 'sec-gpc': '1' })
  await view({}, { consent: 'no' })
  await new Browser(site, visitor(newId())).view()
  await arrived(site.plane, 2)
  assert.equal(site.plane.events.length, 2)
})

test('a data plane that fails, hangs or refuses delays no page; what it may take later is tried again, and losses are counted', async (t) => {
  const site = await start(t)
  site.plane.answer = (_, response) => response.writeHead(503).end()
  await new Browser(site, visitor(newId())).view()
  await eventually('it was tried', () => site.plane.batches > 0)
  assert.equal((await site.health()).waiting, 2)
  site.plane.answer = (_, response) => response.end('OK')
  await eventually('it is tried again with a later page', async () => {
    await new Browser(site, visitor(newId())).view()
    return site.plane.events.length > 2
  })
  await eventually('none waits', async () => (await site.health()).waiting === 0)

  site.plane.answer = (_, response) => response.writeHead(400).end()
  await new Browser(site, visitor(newId())).view()
  await eventually('they are lost', async () => (await site.health()).lost === 2)
  assert.match(site.log(), /is not told: RudderStack's data plane refuses them with status 400/)

  site.plane.answer = () => {}
  const page = await new Browser(site, visitor(newId())).view()
  assert.equal(page.status, 200)
  assert.ok(page.set.cta)
  const again = await new Browser(site, visitor(newId())).view()
  assert.ok(again.set.cta)
  assert.doesNotMatch(site.log(), new RegExp(WRITE_KEY))
})

test('without a write key nothing is told, and one without a data plane is a mistake', async (t) => {
  const site = await start(t, { RUDDER_WRITE_KEY: '' })
  await new Browser(site, visitor(newId())).view()
  assert.equal(await site.health(), undefined)
  const wrong = await start(t, { RUDDER_DATA_PLANE_URL: '' })
  const { mistakes } = await (await fetch(new URL('/_pintle/health', wrong.url))).json()
  assert.equal(mistakes[0].at, 'RUDDER_WRITE_KEY')
})

test('a write key that is none leaves the pages as they are, and is told', async (t) => {
  const site = await start(t, { RUDDER_WRITE_KEY: '1aBc…“key”' })
  site.plane.answer = (_, response) => response.writeHead(401).end()
  const browser = new Browser(site, visitor(newId()))
  assert.equal((await browser.view()).status, 200)
  assert.ok(browser.cookies.cta)
  await eventually('the log tells which variable to look at', () => site.log().includes('look at RUDDER_WRITE_KEY'))
  assert.equal(Buffer.from(site.plane.authorization.replace('Basic ', ''), 'base64').toString(), '1aBc…“key”:')
})
