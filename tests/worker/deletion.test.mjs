// DELETE of the Activation API, of people who have objects: the built Worker in workerd, with real objects and KV.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { eventually, newId } from './browser.mjs'
import { basic, event, startFeed } from './feed.mjs'

const TOKEN = 'token-of-the-tests'
const PERSONALIZATION = JSON.stringify({
  view: 'V',
  features: {},
  deliver: [],
  identity: { ids: { email: {} } },
  profile: { PLAN: { last: { trait: 'plan' } }, ORDERS: { count: { event: 'Order Completed' } } },
})

let site

before(async () => {
  site = await startFeed({
    bindings: { PERSONALIZATION, PROFILE_SOURCES: 'kv,people', ACTIVATION_TOKEN: TOKEN },
    entry: path.join(root, 'tests/worker/opened.mjs'),
  })
})
after(() => site?.dispose())

async function send(kind, event) {
  const init = { method: 'POST', headers: { authorization: basic() }, body: JSON.stringify(event) }
  const response = await fetch(new URL(`/v1/${kind}`, site.url), init)
  assert.deepEqual([response.status, await response.text()], [200, 'ok'])
}

async function forget(type, value) {
  const body = JSON.stringify({ entity: 'user', destinationId: 'd', id: { type, value } })
  const init = { method: 'DELETE', headers: { authorization: `Bearer ${TOKEN}` }, body }
  const response = await fetch(new URL('/v2/activation', site.url), init)
  return { status: response.status, ...(await response.json()) }
}

const asked = async (alias, url) => {
  const response = await site.people.get(site.people.idFromName(alias)).fetch(`https://people${url}`)
  return response.status === 204 ? undefined : await response.json()
}
const tells = (alias) => asked(alias, '/snapshot')
const look = (alias) => asked(alias, '/look')
const wake = (alias, days) => asked(alias, `/wake?days=${days}`)
const inKv = async (alias) => JSON.parse(await site.profiles.get(`user:${alias}`))?.V

/** Everything of it has come to KV, and no object has anything more to do for KV. */
async function settled(aliases, values) {
  await eventually('KV has it', async () => {
    const there = await Promise.all(aliases.map(inKv))
    return JSON.stringify(there) === JSON.stringify(values)
  })
}

/** One that has no time of its own, but is of whenever it comes. */
const untimed = (more) => ({ messageId: randomUUID(), ...more })
const bought = { event: 'Order Completed' }

/** Somebody with two devices and an address; what they did, to be sent again. */
async function somebody() {
  const [user, one, two] = [newId(), newId(), newId()]
  const email = `${user}@example.com`
  const said = [
    ['identify', event({ anonymousId: one, userId: user, context: { traits: { plan: 'pro', email } } })],
    ['track', untimed({ anonymousId: one, ...bought })],
    ['track', event({ anonymousId: two, ...bought })],
    ['identify', untimed({ anonymousId: two, userId: user })],
    ['page', untimed({ anonymousId: two })],
  ]
  for (const each of said) await send(...each)
  const aliases = [`user_id:${user}`, `anonymous_id:${one}`, `anonymous_id:${two}`, `email:${email}`]
  await settled(aliases, Array(4).fill({ ORDERS: 2, PLAN: 'pro' }))
  return { user, one, two, email, said, aliases }
}

const gone = async (aliases) => {
  for (const alias of aliases) {
    assert.equal(await tells(alias), undefined)
    assert.equal(await inKv(alias), undefined)
  }
}

for (const by of ['user_id', 'anonymous_id', 'email']) {
  test(`a DELETE by ${by} leaves no key and no word, nothing that comes late brings anybody back, and then they are somebody new`, async () => {
    const person = await somebody()
    const value = { user_id: person.user, anonymous_id: person.two, email: person.email }[by]
    assert.deepEqual(await forget(by, value), { status: 200, deletedKeys: 4, actualKeys: 4 })
    await gone(person.aliases)
    for (const alias of person.aliases) {
      const { tables } = await look(alias)
      const { log, bindings, shares, shared, grave } = JSON.parse(tables.person[0].row)
      assert.deepEqual([log, bindings, shares, shared, grave.untold], [{}, {}, undefined, undefined, undefined])
      for (const told of ['pro', 'Order Completed']) assert.ok(!tables.person[0].row.includes(told))
    }
    // Once more is nothing more.
    assert.deepEqual(await forget(by, value), { status: 200, deletedKeys: 0, actualKeys: 0 })
    for (const late of [...person.said, ...person.said.toReversed()]) await send(...late)
    const before = { messageId: randomUUID(), timestamp: new Date(Date.now() - 60_000).toISOString() }
    await send('identify', { ...before, anonymousId: person.one, userId: person.user, traits: { plan: 'late' } })
    const [third, at] = [newId(), { timestamp: before.timestamp }]
    await send('identify', event({ ...at, anonymousId: third, userId: person.user, traits: { plan: 'late' } }))
    for (const alias of [...person.aliases, `anonymous_id:${third}`]) {
      await wake(alias, 0)
      await gone([alias])
    }
    await send('identify', event({ anonymousId: person.one, userId: person.user, traits: { plan: 'new' } }))
    const [user, one, ...others] = person.aliases
    for (const alias of [user, one]) assert.deepEqual((await tells(alias)).V, { ORDERS: 0, PLAN: 'new' })
    await settled([user, one], Array(2).fill({ ORDERS: 0, PLAN: 'new' }))
    await gone(others)
  })
}

test('of a shared device goes what was one user’s, and the other has it alone', async () => {
  const [device, one, other] = [newId(), newId(), newId()]
  await send('track', event({ anonymousId: device, userId: one, ...bought }))
  await send('track', event({ anonymousId: device, ...bought }))
  await send('identify', event({ anonymousId: device, userId: other, traits: { plan: 'other' } }))
  const aliases = [`user_id:${one}`, `user_id:${other}`, `anonymous_id:${device}`]
  await settled(
    aliases,
    [2, 0, 1].map((ORDERS, index) => ({ ORDERS, PLAN: index === 1 ? 'other' : null })),
  )
  assert.deepEqual(await forget('user_id', one), { status: 200, deletedKeys: 2, actualKeys: 2 })
  await gone([`user_id:${one}`])
  assert.ok(!(await look(`anonymous_id:${device}`)).tables.person[0].row.includes('Order Completed'))
  await settled(aliases, [undefined, ...Array(2).fill({ ORDERS: 0, PLAN: 'other' })])
})

test('of a device that several share goes what nobody did by name, and its users lose it', async () => {
  const [device, one, other] = [newId(), newId(), newId()]
  await send('track', event({ anonymousId: device, userId: one, ...bought }))
  await send('track', event({ anonymousId: device, ...bought }))
  await send('identify', event({ anonymousId: device, userId: other }))
  const aliases = [`user_id:${one}`, `user_id:${other}`, `anonymous_id:${device}`]
  await settled(
    aliases,
    [2, 0, 1].map((ORDERS) => ({ ORDERS, PLAN: null })),
  )
  assert.deepEqual(await forget('anonymous_id', device), { status: 200, deletedKeys: 1, actualKeys: 1 })
  await gone([`anonymous_id:${device}`])
  await settled(aliases, [{ ORDERS: 1, PLAN: null }, { ORDERS: 0, PLAN: null }, undefined])
})

test('what stays of a deletion goes after a week, and whoever is not heard of for more than a year is forgotten', async () => {
  const { user, aliases } = await somebody()
  assert.equal((await forget('user_id', user)).status, 200)
  for (const alias of aliases) {
    const { tables, wakesAt } = await wake(alias, 6)
    assert.ok(tables.person[0].row.includes('grave') && wakesAt !== null)
    assert.deepEqual((await wake(alias, 8)).tables, {})
  }
  const { aliases: silent } = await somebody()
  for (const alias of silent) {
    assert.ok((await wake(alias, 399)).tables.person.length === 1)
    assert.deepEqual((await wake(alias, 402)).tables, {})
    assert.equal(await tells(alias), undefined)
  }
})

test('who is only asked about leaves nothing behind, and of whom nobody knows nothing is deleted', async () => {
  const id = newId()
  assert.equal(await tells(`anonymous_id:${id}`), undefined)
  assert.deepEqual(await forget('anonymous_id', id), { status: 200, deletedKeys: 0, actualKeys: 0 })
  assert.deepEqual(await look(`anonymous_id:${id}`), { tables: {}, wakesAt: null })
})
