// RudderStack's Activation API, answered by the feed from KV.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'

import { DESTINATION, post, question, startFeed, TOKEN } from './site.mjs'

const UNAUTHORIZED = '{"error":"Unauthorized request. Please check your access token"}'
const INVALID_DESTINATION = '{"error":"Invalid Destination. Please verify you are passing the right destination ID"}'
const [V1, V2] = ['/v1/activation', '/v2/activation']
const DATA = { 'WEB_PERSONALIZATION:FEATURES_BY_ANON': { USER_APP_SIGN_UP: 1, LTV: '12.50', NAME: 'Zoë', PLAN: null } }

let site

before(async () => {
  site = await startFeed()
})
after(() => site?.dispose())

/** Keeps a profile under a new id. */
async function known(data = DATA) {
  const id = randomUUID()
  await site.profiles.put(`user:anonymous_id:${id}`, typeof data === 'string' ? data : JSON.stringify(data))
  return id
}

function assertJson(answer, status, body) {
  assert.deepEqual([answer.status, answer.text], [status, typeof body === 'string' ? body : JSON.stringify(body)])
  assert.equal(answer.headers.get('content-type'), 'application/json')
  assert.equal(answer.headers.get('cache-control'), 'no-store')
}

const found = (value, data) => ({ entity: 'user', id: { type: 'anonymous_id', value }, data })

test('nothing of the feed runs before it is asked, and then one instance answers all', async () => {
  const fresh = await startFeed()
  try {
    for (const path of [
      '/',
      '/v1/activation/',
      '/v1/activations',
      '/v3/activation',
      '/V1/activation',
      '/a/v1/activation',
    ]) {
      assert.equal((await fresh.ask(path, post('{}'))).text, `the site's own POST ${path}`)
    }
    assert.equal((await fresh.ask('/instances')).text, '0')
    for (let time = 0; time < 3; time++) assert.equal((await fresh.ask(V1, question('somebody'))).status, 200)
    assert.equal((await fresh.ask('/instances')).text, '1')
    assert.equal(fresh.log(), '')
  } finally {
    await fresh.dispose()
  }
})

for (const path of [V1, V2]) {
  test(`${path} answers a known id with its whole profile`, async () => {
    const id = await known()
    assertJson(await site.ask(path, question(id)), 200, found(id, DATA))
    assertJson(await site.ask(`${path}?x=/`, question(id)), 200, found(id, DATA))
  })

  test(`${path} answers an unknown id with empty data`, async () => {
    assertJson(await site.ask(path, question('nobody')), 200, found('nobody', {}))
  })

  test(`${path} answers who does not bear the token with 401, whatever the question`, async () => {
    for (const authorization of ['', 'Bearer', 'Bearer another', `Bearer ${TOKEN}s`, TOKEN, `Basic ${TOKEN}`]) {
      for (const body of ['not JSON', 'x'.repeat(100_000)]) {
        assertJson(await site.ask(path, post(body, { headers: { authorization } })), 401, UNAUTHORIZED)
      }
    }
    assert.equal((await site.ask(path, question('v', { headers: { authorization: `bearer ${TOKEN}` } }))).status, 200)
  })

  test(`${path} answers another destination with 404`, async () => {
    assertJson(await site.ask(path, question('v', { destinationId: 'another' })), 404, INVALID_DESTINATION)
  })

  test(`${path} answers no other methods, and says which it does`, async () => {
    for (const method of ['GET', 'PUT', 'PATCH', 'OPTIONS', ...(path === V1 ? ['DELETE'] : [])]) {
      const answer = await site.ask(path, method === 'GET' ? { method } : question('v', { method }))
      assert.equal(answer.status, 405, method)
      assert.equal(answer.headers.get('allow'), path === V1 ? 'POST' : 'POST, DELETE')
      assert.ok(JSON.parse(answer.text).error)
    }
  })
}

for (const [what, [request, named]] of Object.entries({
  'no body': [post(undefined), /EOF/],
  'half an object': [post('{"entity":"user"'), /EOF/],
  'no JSON': [post('entity=user'), /line 1 column/],
  'a list': [post('["user","d",["anonymous_id","v"]]'), /`entity` must be a text/],
  'no destination': [question('v', { destinationId: undefined }), /`destinationId`/],
  'no id': [question('v', { id: undefined }), /`id\.type`/],
  'a number for a value': [question(7), /`id\.value` must be a text/],
  'a colon in its entity': [question('v', { entity: 'user:email' }), /`entity` must not contain a colon/],
  'a colon in its id type': [question('v', { id: { type: 'a:b', value: 'v' } }), /`id\.type` must not contain a colon/],
  'bytes that are no text': [post(Buffer.from('{"entity":"\xff"}', 'latin1')), /unicode/],
  'more than 64 KiB': [question('x'.repeat(70_000)), /too large, 65536 bytes/],
})) {
  test(`a question with ${what} is answered with 400 and what is wrong`, async () => {
    const answer = await site.ask(V1, request)
    assert.equal(answer.status, 400, answer.text)
    assert.match(JSON.parse(answer.text).error, named)
  })
}

test('a body without end is not read to its end', async () => {
  const { hostname, port } = new URL(site.url)
  const socket = connect(port, hostname)
  const head = [`POST ${V1} HTTP/1.1`, 'host: site', `authorization: Bearer ${TOKEN}`, 'transfer-encoding: chunked']
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  const chunk = `2000\r\n${'x'.repeat(0x2000)}\r\n`
  let sent = 0
  const sending = setInterval(() => socket.write(chunk, () => (sent += 0x2000)), 5)
  try {
    const [head] = await new Promise((resolve, reject) => {
      socket.once('data', (data) => resolve(String(data).split('\r\n')))
      socket.once('error', reject)
    })
    assert.match(head, / 400 /)
    assert.ok(sent < 1024 * 1024, `${sent} bytes were sent`)
  } finally {
    clearInterval(sending)
    socket.destroy()
  }
})

test('keys of Pintle’s own are not reached', async () => {
  await site.profiles.put('pintle:settings:now', '{"secret":1}')
  for (const method of ['POST', 'DELETE']) {
    const answer = await site.ask(
      V2,
      question('v', { method, entity: 'pintle', id: { type: 'settings', value: 'now' } }),
    )
    assert.equal(answer.status, 400)
    assert.match(JSON.parse(answer.text).error, /`entity` must not be `pintle`/)
  }
  assert.equal(await site.profiles.get('pintle:settings:now'), '{"secret":1}')
})

test('entity, id type and id are any words', async () => {
  for (const [entity, type, value] of [
    ['account', 'salesforce_id', '001-Ωmega "quoted" \\ /'],
    ['product', 'SKU 7', '😀'],
    ['user', 'urn', 'a:b:c'],
  ]) {
    await site.profiles.put(`${entity}:${type}:${value}`, JSON.stringify({ V: { OF: value } }))
    const answer = await site.ask(V1, question(undefined, { entity, id: { type, value } }))
    assertJson(answer, 200, { entity, id: { type, value }, data: { V: { OF: value } } })
  }
})

test('an id that is too long for a key is an unknown id', async () => {
  const id = 'é'.repeat(300)
  assertJson(await site.ask(V1, question(id)), 200, found(id, {}))
  assertJson(await site.ask(V2, question(id, { method: 'DELETE' })), 200, { deletedKeys: 0, actualKeys: 0 })
})

test('an entry that is broken is answered with data null, and the log tells where and not whose', async () => {
  for (const entry of ['not JSON', '[]', '"{}"', '{"V":', `{"V":"${'x'.repeat(2 ** 20)}"}`]) {
    const id = await known(entry)
    assertJson(await site.ask(V1, question(id)), 200, found(id, null))
    assert.ok(!site.log().includes(id))
  }
  for (let time = 0; time < 50 && site.log().split('user:anonymous_id:…').length < 6; time++)
    await new Promise((resolve) => setTimeout(resolve, 100))
  assert.equal(site.log().split('user:anonymous_id:…').length, 6, site.log())
})

test('a DELETE takes the profile away, and counts it', async () => {
  const [gone, stays] = [await known(), await known()]
  const forget = () => site.ask(V2, question(gone, { method: 'DELETE' }))
  assertJson(await forget(), 200, { deletedKeys: 1, actualKeys: 1 })
  assertJson(await site.ask(V2, question(gone)), 200, found(gone, {}))
  assert.equal(await site.profiles.get(`user:anonymous_id:${gone}`), null)
  assertJson(await forget(), 200, { deletedKeys: 0, actualKeys: 0 })
  assertJson(await site.ask(V2, question(stays)), 200, found(stays, DATA))
})

test('a DELETE that is refused takes nothing away', async () => {
  const id = await known()
  const refuse = (changed) => site.ask(V2, question(id, { method: 'DELETE', ...changed }))
  assertJson(await refuse({ headers: { authorization: 'Bearer another' } }), 401, UNAUTHORIZED)
  assertJson(await refuse({ destinationId: 'another' }), 404, INVALID_DESTINATION)
  assertJson(await refuse({ id: {} }), 400, '{"message":"id should have at least one item"}')
  assert.equal((await site.ask(V1, question(id, { method: 'DELETE' }))).status, 405)
  assertJson(await site.ask(V2, question(id)), 200, found(id, DATA))
})

for (const [how, [method, words]] of Object.entries({
  get: ['POST', /KV says 500/],
  throw: ['POST', /KV threw/],
  'break off': ['POST', /KV hung up/],
  'no functions': ['POST', /PROFILES/],
  delete: ['DELETE', /KV says 500/],
})) {
  test(`when KV fails (${how}) the answer is 500 and names it, and so does the log, once`, async () => {
    const id = await known()
    const failing = await startFeed()
    try {
      const answer = await failing.ask(V2, question(id, { method, headers: { 'x-kv': how } }))
      assert.equal(answer.status, 500)
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      const { error } = JSON.parse(answer.text)
      assert.match(error, /PROFILES/)
      assert.match(error, words)
      assert.doesNotMatch(error, /\n| at /, 'it is no stack')
      assert.equal((await failing.ask(V2, question(id))).status, 200)
      assert.equal((await failing.ask('/instances')).text, '1', 'it was no trap')
    } finally {
      await failing.dispose()
    }
    assert.equal(failing.log().split('PROFILES').length, 2, failing.log())
    assert.ok(!failing.log().includes(id))
  })
}

test('without ACTIVATION_DESTINATION_ID every destination is right', async (t) => {
  const any = await startFeed({ bindings: { ACTIVATION_TOKEN: ` ${TOKEN}\n` } })
  t.after(any.dispose)
  assert.equal((await any.ask(V1, question('v', { destinationId: 'whichever' }))).status, 200)
})

for (const [what, options] of Object.entries({
  'without ACTIVATION_TOKEN': { bindings: { ACTIVATION_DESTINATION_ID: DESTINATION } },
  'with a blank ACTIVATION_TOKEN': { bindings: { ACTIVATION_TOKEN: ' ' } },
  'with an ACTIVATION_TOKEN that is no text': { bindings: { ACTIVATION_TOKEN: { a: 1 } } },
  'without PROFILES': { profiles: false },
  'with a variable in the place of PROFILES': { profiles: false, bindings: { ACTIVATION_TOKEN: TOKEN, PROFILES: 'x' } },
})) {
  test(`${what} the paths belong to the site`, async (t) => {
    const off = await startFeed(options)
    t.after(off.dispose)
    for (const path of [V1, V2]) assert.equal((await off.ask(path, question('v'))).text, `the site's own POST ${path}`)
    assert.equal((await off.ask('/instances')).text, '0')
  })
}

test('the token stands in no answer and not in the log', async () => {
  for (const request of [question('v'), post('{'), question('v', { headers: { authorization: '' } })]) {
    const { text, headers } = await site.ask(V1, request)
    assert.ok(!`${text}${JSON.stringify([...headers])}`.includes(TOKEN))
  }
  assert.ok(!site.log().includes(TOKEN))
})
