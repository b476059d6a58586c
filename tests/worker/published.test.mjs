// Publishing: what stands in KV, or at a URL, runs in the Worker that is running, and a wrong one never does.

import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { Browser, eventually, newId, visitor } from './browser.mjs'
import { startServer, startSite } from './site.mjs'

const KEY = 'pintle:personalization'
const WRITE_KEY = 'write-key-of-the-tests'

/** One whose only feature is `value` for everybody. */
const always = (value, more = {}) =>
  JSON.stringify({
    view: 'V',
    features: { f: { defaultValue: value } },
    deliver: [{ feature: 'f', cookie: { name: 'f', maxAge: '1d' } }],
    ...more,
  })

async function start(t, { bindings, ...more } = {}) {
  const site = await startSite({
    entry: path.join(root, 'tests/worker/later.mjs'),
    bindings: { PERSONALIZATION: always('deployed'), PROFILE_SOURCES: 'kv', LOOKUP_BUDGET_MS: '10000', ...bindings },
    ...more,
  })
  t.after(site.dispose)
  const later = async () => assert.equal((await fetch(new URL('/later?ms=60000', site.url))).status, 204)
  const health = async () => (await fetch(new URL('/_pintle/health', site.url))).json()
  return { ...site, later, health }
}

/** What somebody new gets. */
const decided = async (site) => (await new Browser(site, visitor(newId())).view()).set.f?.value

/** A minute later, and as soon as what was read after an answer is there. */
async function becomes(site, value) {
  await site.later()
  await eventually(`everybody gets "${value}"`, async () => (await decided(site)) === value)
}

test('the very first page of an isolate is decided by what is published', async (t) => {
  const site = await start(t)
  await site.profiles.put(KEY, always('published'))
  assert.equal(await decided(site), 'published')
  const { status, personalization, published } = await site.health()
  assert.equal(status, 'ok')
  assert.equal(published.state, 'running')
  assert.equal(published.version, personalization.version)
  assert.match(published.deployed, /^[0-9a-f]{8}$/)
  assert.notEqual(published.deployed, published.version)
})

test('a running Worker takes what is published, refuses what is wrong, and runs what is deployed when that is gone', async (t) => {
  const site = await start(t)
  assert.equal(await decided(site), 'deployed')
  assert.equal((await site.health()).published.state, 'none')

  await site.profiles.put(KEY, always('published'))
  await becomes(site, 'published')
  const { personalization } = await site.health()

  await site.profiles.put(KEY, always('wrong').replace('"maxAge":"1d"', '"maxAge":"soon"'))
  await site.later()
  await eventually('it is refused', async () => {
    await decided(site)
    return (await site.health()).published.state === 'refused'
  })
  assert.equal(await decided(site), 'published')
  const refused = await site.health()
  assert.equal(refused.status, 'ok')
  assert.equal(refused.personalization.version, personalization.version)
  assert.equal(refused.published.mistakes[0].at, '$.deliver[0].cookie.maxAge')
  assert.match(
    site.log(),
    /the published personalization is refused, and what ran runs on:\n {2}\$\.deliver\[0\]\.cookie\.maxAge: /,
  )

  await site.profiles.put(KEY, '{')
  await site.later()
  await eventually('that is refused, too', async () => {
    await decided(site)
    return /is not JSON/.test((await site.health()).published.mistakes?.[0].what)
  })
  assert.equal(await decided(site), 'published')

  await site.profiles.put(KEY, always('again'))
  await becomes(site, 'again')
  assert.equal((await site.health()).published.state, 'running')

  await site.profiles.delete(KEY)
  await becomes(site, 'deployed')
  assert.equal((await site.health()).published.state, 'none')
})

test('what is too long, and what there is no memory for, is refused and told', async (t) => {
  const site = await start(t)
  const refused = async (what) => {
    await site.later()
    await eventually(`it ${what}`, async () => {
      assert.equal(await decided(site), 'deployed')
      const { state, mistakes } = (await site.health()).published
      return state === 'refused' && mistakes[0].what === what
    })
  }
  await site.profiles.put(KEY, always('x'.repeat(1_000_000)))
  await refused('is longer than 1000000 characters')
  await fetch(new URL('/full', site.url))
  await site.profiles.put(KEY, always('published'))
  await refused('cannot be tried: RangeError: out of memory')
})

test('what was decided by the old one is decided anew by the next page, with the ticket of the first', async (t) => {
  const site = await start(t, { bindings: { TICKET_KEYS: '00'.repeat(32) } })
  const browser = new Browser(site, visitor(newId()))
  assert.equal((await browser.view()).set.f?.value, 'deployed')
  await site.profiles.put(KEY, always('published'))
  await becomes(site, 'published')
  assert.equal((await browser.view()).set.f?.value, 'published')
})

test('a publication that does not come keeps nobody waiting, and takes nothing back', async (t) => {
  let answer = (_, response) => response.end(always('published'))
  const server = await startServer((request, response) => answer(request, response))
  t.after(server.dispose)
  const site = await start(t, { bindings: { PERSONALIZATION_URL: `${server.url}/p.json` } })
  assert.equal(await decided(site), 'published')

  const asked = server.requests.length
  answer = () => {}
  await site.later()
  assert.equal(await decided(site), 'published')
  await eventually('the URL is asked', () => server.requests.length > asked)

  answer = (_, response) => response.writeHead(404).end('gone')
  await site.later()
  await eventually('the log tells', async () => {
    assert.equal(await decided(site), 'published')
    return /PERSONALIZATION_URL answered with status 404/.test(site.log())
  })

  const other = await start(t, { bindings: { PERSONALIZATION_URL: `${server.url}/p.json` } })
  answer = () => {}
  assert.equal(await decided(other), 'deployed')
})

test('events make of people what is published, and what is wrong for the feed alone is refused', async (t) => {
  const site = await start(t, {
    bindings: { PROFILE_SOURCES: 'people', WRITE_KEYS: WRITE_KEY },
    durableObjects: { PEOPLE: { className: 'Person', useSQLite: true } },
  })
  const counted = (feature) => ({
    features: { f: { defaultValue: 'none', rules: [{ condition: { N: 2 }, force: 'two' }] } },
    profile: { N: feature },
  })
  assert.equal(await decided(site), 'deployed')
  await site.profiles.put(KEY, always('', counted({ count: { event: 'Seen', where: { $in: 1 } } })))
  await site.later()
  await eventually('it is refused', async () => {
    await decided(site)
    return (await site.health()).published.mistakes?.[0].at.startsWith('$.profile.N')
  })
  assert.equal(await decided(site), 'deployed')

  await site.profiles.put(KEY, always('', counted({ count: { event: 'Seen' } })))
  await becomes(site, 'none')
  const id = newId()
  for (const messageId of ['m1', 'm2']) {
    const response = await fetch(new URL('/v1/track', site.url), {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}` },
      body: JSON.stringify({ type: 'track', event: 'Seen', anonymousId: id, messageId }),
    })
    assert.equal(response.status, 200)
  }
  const { set } = await new Browser(site, visitor(id)).view()
  assert.equal(set.f?.value, 'two')
})
