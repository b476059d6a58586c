// The endpoint that serves RudderStack's Activation API from KV, as its documentation describes it,
// and one Worker that asks another.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { DESTINATION, profileData, store, TOKEN, VIEW } from './activation_api.mjs'
import { Browser, newId, send, visitor } from './browser.mjs'
import { startServer, startSite } from './site.mjs'

const UNAUTHORIZED = '{"error":"Unauthorized request. Please check your access token"}'
const INVALID_DESTINATION = '{"error":"Invalid Destination. Please verify you are passing the right destination ID"}'
const PATHS = ['/v1/activation', '/v2/activation']

let api

before(async () => {
  api = await startSite({ bindings: { ACTIVATION_TOKEN: TOKEN, ACTIVATION_DESTINATION_ID: DESTINATION } })
})
after(() => api?.dispose())

const question = (value, changed = {}) => ({
  entity: 'user',
  destinationId: DESTINATION,
  id: { type: 'anonymous_id', value },
  ...changed,
})

/** POSTs `body`, an object or a text, to the endpoint of `site`. */
function ask(body, { path = PATHS[0], authorization = `Bearer ${TOKEN}`, method = 'POST', site = api } = {}) {
  const headers = { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) }
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return send(new URL(path, site.url), { method, headers, body: text })
}

function assertJson(response, status, body) {
  assert.equal(response.body, typeof body === 'string' ? body : JSON.stringify(body))
  assert.equal(response.status, status)
  assert.equal(response.headers['content-type'], 'application/json')
  assert.equal(response.headers['cache-control'], 'no-store')
}

for (const path of PATHS) {
  test(`${path} answers a known id with its whole profile`, async () => {
    const id = newId()
    const data = {
      ...profileData({ USER_APP_SIGN_UP: 1, LTV: '12.50', NAME: 'Zoë', PLAN: null, VIP: false }),
      OTHER_VIEW: { A: 1 },
    }
    await api.profiles.put(`user:anonymous_id:${id}`, JSON.stringify(data))
    const answer = await ask(question(id), { path })
    assertJson(answer, 200, { entity: 'user', id: { type: 'anonymous_id', value: id }, data })
  })

  test(`${path} answers an unknown id with empty data`, async () => {
    const id = newId()
    assertJson(await ask(question(id), { path }), 200, {
      entity: 'user',
      id: { type: 'anonymous_id', value: id },
      data: {},
    })
  })

  test(`${path} answers a wrong token with 401, whatever the question`, async () => {
    for (const body of [question(newId()), 'not JSON', '']) {
      assertJson(await ask(body, { path, authorization: 'Bearer another' }), 401, UNAUTHORIZED)
    }
  })

  test(`${path} answers a wrong destination with 404`, async () => {
    assertJson(await ask(question(newId(), { destinationId: 'another' }), { path }), 404, INVALID_DESTINATION)
  })

  for (const method of ['GET', 'PUT', 'PATCH']) {
    test(`${path} answers ${method} with 405, and says that it takes POST`, async () => {
      const answer = await ask(method === 'GET' ? '' : question(newId()), { path, method })
      assert.equal(answer.status, 405)
      assert.match(answer.headers.allow, /\bPOST\b/)
      assert.ok(JSON.parse(answer.body).error)
    })
  }
}

for (const [what, authorization] of Object.entries({
  'no token': null,
  'an empty token': 'Bearer ',
  'the beginning of the token': `Bearer ${TOKEN.slice(0, -1)}`,
  'more than the token': `Bearer ${TOKEN}s`,
  'the token in another case': `Bearer ${TOKEN.toUpperCase()}`,
  'the token and no scheme': TOKEN,
  'the token in another scheme': `Basic ${TOKEN}`,
})) {
  test(`${what} is answered with 401`, async () => {
    assertJson(await ask(question(newId()), { authorization }), 401, UNAUTHORIZED)
  })
}

test('the scheme of the authorization is matched without regard to case (RFC 9110, 11.1)', async () => {
  assert.equal((await ask(question(newId()), { authorization: `bearer ${TOKEN}` })).status, 200)
})

test('the token stands in no answer', async () => {
  for (const answer of [await ask(question(newId())), await ask('{'), await ask('{}', { authorization: null })]) {
    assert.ok(!`${answer.body}${answer.rawHeaders}`.includes(TOKEN))
  }
})

for (const [what, [body, named]] of Object.entries({
  'nothing at all': ['', /EOF/],
  'half an object': ['{"entity":"user"', /EOF|line 1/],
  'no JSON': ['entity=user', /line 1 column/],
  'a list': ['[]', /`entity` must be a text/],
  null: ['null', /`entity` must be a text/],
  'no entity': [{ destinationId: DESTINATION, id: { type: 't', value: 'v' } }, /`entity`/],
  'no destination': [{ entity: 'user', id: { type: 't', value: 'v' } }, /`destinationId`/],
  'no id': [{ entity: 'user', destinationId: DESTINATION }, /`id\.type`/],
  'an id without a type': [question('v', { id: { value: 'v' } }), /`id\.type`/],
  'an id without a value': [question('v', { id: { type: 't' } }), /`id\.value`/],
  'an empty entity': [question('v', { entity: '' }), /`entity` must be a text that is not empty/],
  'an empty value': [question(''), /`id\.value` must be a text that is not empty/],
  'a number for a value': [question(7), /`id\.value` must be a text/],
  'more than 64 KiB': [question('x'.repeat(70_000)), /too large/],
})) {
  test(`a question with ${what} is answered with 400 and what is wrong`, async () => {
    const answer = await ask(body)
    assert.equal(answer.status, 400)
    assert.equal(answer.headers['content-type'], 'application/json')
    const { error, ...others } = JSON.parse(answer.body)
    assert.match(error, named)
    assert.deepEqual(others, {})
  })
}

test('a question may say more than is asked for', async () => {
  const id = newId()
  await store(api.profiles, id, { USER_APP_SIGN_UP: 1 })
  const answer = await ask(question(id, { sentBy: { version: [1] } }))
  assert.deepEqual(JSON.parse(answer.body).data, profileData({ USER_APP_SIGN_UP: 1 }))
})

test('entity, id type and id are any text', async () => {
  for (const [entity, type, value] of [
    ['account', 'salesforce_id', '001-Ωmega "quoted" \\ /'],
    ['user', 'email', 'zoë@shop.example'],
    ['product', 'SKU 7', '😀'],
  ]) {
    const data = { SOME_VIEW: { OF: value } }
    await api.profiles.put(`${entity}:${type}:${value}`, JSON.stringify(data))
    const id = { type, value }
    assertJson(await ask({ entity, destinationId: DESTINATION, id }), 200, { entity, id, data })
  }
})

test('an id that is too long for a key of KV is an unknown id', async () => {
  const answer = await ask(question('é'.repeat(300)))
  assert.equal(answer.status, 200)
  assert.deepEqual(JSON.parse(answer.body).data, {})
})

test('a stored profile that is not JSON is answered without data, which nobody takes for an unknown id', async () => {
  const id = newId()
  await api.profiles.put(`user:anonymous_id:${id}`, 'not JSON')
  const answer = await ask(question(id))
  assert.equal(JSON.parse(answer.body).data ?? null, null)
})

test('without ACTIVATION_DESTINATION_ID every destination is right', async (t) => {
  const any = await startSite({ bindings: { ACTIVATION_TOKEN: TOKEN } })
  t.after(any.dispose)
  const answer = await ask(question(newId(), { destinationId: 'whichever' }), { site: any })
  assert.equal(answer.status, 200)
})

test('without ACTIVATION_TOKEN the paths belong to the site', async (t) => {
  const origin = await startServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    response.end(`the site's own ${request.method} ${request.url} of ${body}`)
  })
  t.after(origin.dispose)
  const shop = await startSite({ bindings: { ORIGIN_URL: origin.url, ACTIVATION_DESTINATION_ID: DESTINATION } })
  t.after(shop.dispose)
  for (const path of PATHS) {
    for (const authorization of [null, 'Bearer ', 'Bearer undefined', `Bearer ${TOKEN}`]) {
      const answer = await ask('this', { site: shop, path, authorization })
      assert.equal(answer.body, `the site's own POST ${path} of this`)
    }
    assert.equal((await send(new URL(path, shop.url))).body, `the site's own GET ${path} of `)
  }
})

test('a page that merely begins like the endpoint belongs to the site', async () => {
  for (const path of [
    '/v1/activation/',
    '/v1/activations',
    '/v3/activation',
    '/V1/activation',
    '/blog/v1/activation',
  ]) {
    assert.notEqual((await ask(question(newId()), { path })).headers['content-type'], 'application/json', path)
  }
})

for (const path of PATHS) {
  test(`a Worker that asks ${path} of another personalises from the other’s KV`, async (t) => {
    const asking = await startSite({
      bindings: {
        PROFILE_SOURCES: 'activation-api',
        ACTIVATION_API_URL: new URL(path, api.url).href,
        ACTIVATION_DESTINATION_ID: DESTINATION,
        ACTIVATION_TOKEN: TOKEN,
        LOOKUP_BUDGET_MS: '10000',
      },
    })
    t.after(asking.dispose)
    const [signedUp, notSignedUp] = [newId(), newId()]
    await store(api.profiles, signedUp, { USER_APP_SIGN_UP: 1 })
    await store(api.profiles, notSignedUp, { USER_APP_SIGN_UP: null })
    await store(asking.profiles, notSignedUp, { USER_APP_SIGN_UP: 1 })
    for (const [id, expected] of [
      [signedUp, 'true'],
      [notSignedUp, 'false'],
      [newId(), 'false'],
    ]) {
      const page = await new Browser(asking, visitor(id)).view()
      assert.equal(page.set.rs_activation_signed_up.value, expected)
      assert.match(page.body, /<!doctype html>/)
      assert.ok(!page.body.includes(VIEW))
    }
  })
}
