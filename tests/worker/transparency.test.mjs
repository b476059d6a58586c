// What Pintle leaves alone leaves as the origin gave it, and a page that gets a cookie differs by that
// cookie and its caching only: a real origin, asked directly, through Pintle, and through an empty Worker.

import assert from 'node:assert/strict'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'

import { WebSocket, WebSocketServer } from 'ws'
import { root } from '../../scripts/project.mjs'
import { visitor } from './browser.mjs'
import { exchange, inTime, open } from './raw.mjs'
import { KEY, startServer, startSite } from './site.mjs'

const COOKIE = 'rs_activation_signed_up=true; SameSite=Lax; Secure; Path=/; Max-Age=86400'
const TICKET = /^pintle_ticket=[\w-]+; HttpOnly; SameSite=Lax; Secure; Path=\/; Max-Age=1800$/
const PAGE = Buffer.from(`<!doctype html><title>Größe</title>${'<p>A page.</p>'.repeat(500)}`)

let origin, site, passing, statics

before(async () => {
  origin = await startServer(answer)
  const bindings = { ORIGIN_URL: origin.url, TICKET_KEYS: KEY }
  ;[site, passing, statics] = await Promise.all([
    startSite({ bindings, assets: false }),
    startSite({ bindings, assets: false, entry: path.join(root, 'tests/worker/passing.mjs') }),
    startSite({ bindings: { TICKET_KEYS: KEY } }),
  ])
})
after(() => Promise.all([site, passing, statics, origin].map((running) => running?.dispose())))

/** The cookies of a visitor who is signed up, and who was never here. */
async function signedUp(on = site) {
  const id = randomUUID()
  await on.profiles.put(`user:anonymous_id:${id}`, '{"WEB_PERSONALIZATION:FEATURES_BY_ANON":{"USER_APP_SIGN_UP":1}}')
  return {
    cookie: Object.entries(visitor(id))
      .map((pair) => pair.join('='))
      .join('; '),
  }
}

/** Who may ask: two that Pintle leaves alone, and one that gets a cookie. */
const alone = {
  'a page view without a visitor': async () => ({ accept: 'text/html' }),
  'a sub-resource with a visitor’s cookies': async (on) => ({ 'sec-fetch-dest': 'image', ...(await signedUp(on)) }),
}
const everybody = {
  ...alone,
  'a page view that gets a cookie': async (on) => ({ accept: 'text/html', ...(await signedUp(on)) }),
}

/** A test for each of `who`: `body(headers, gets)`, where `gets` says whether the answer gets a cookie. */
function each(who, fact, body) {
  for (const [name, headers] of Object.entries(who)) {
    test(`${fact}: ${name}`, async () => body(await headers(site), name.endsWith('gets a cookie'), headers))
  }
}

/** Takes the cookies of Pintle off; asserts that they are there exactly when they should be, after the origin's. */
function assertCookies(response, gets, origins = []) {
  const cookies = response.all('set-cookie')
  if (gets) {
    assert.match(cookies.pop() ?? '', TICKET)
    assert.equal(cookies.pop(), COOKIE)
  }
  assert.deepEqual(cookies, origins)
}

// The origin: a page for each thing that a response can have.

const cookies = ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2099 07:28:00 GMT; HttpOnly', 'a=3; Path=/a, b']
const SHARED = {
  'cache-control': 'public, max-age=600, s-maxage=31536000, stale-while-revalidate=60',
  'cdn-cache-control': 'max-age=3600',
  'cloudflare-cdn-cache-control': 'max-age=7200',
  'surrogate-control': 'max-age=1',
  expires: 'Wed, 21 Oct 2099 07:28:00 GMT',
  vary: 'accept-language',
}
const pages = {
  '/cookies': (_, response) => response.writeHead(200, { 'set-cookie': cookies }).end(PAGE),
  '/etag': (request, response) => {
    const head = { etag: '"v1"', 'cache-control': 'max-age=60', 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' }
    if (request.headers['if-none-match'] === '"v1"') response.writeHead(304, head).end()
    else response.writeHead(200, head).end(PAGE)
  },
  '/bare': (request, response) => {
    const isKnown = request.headers['if-none-match'] === '"v1"'
    response.writeHead(isKnown ? 304 : 200, { etag: '"v1"' }).end(isKnown ? undefined : PAGE)
  },
  '/range': (request, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')?.map(Number) ?? []
    if (from === undefined) return response.writeHead(200, { 'accept-ranges': 'bytes' }).end(PAGE)
    const part = PAGE.subarray(from, to + 1)
    const head = { 'content-range': `bytes ${from}-${to}/${PAGE.length}`, 'content-length': part.length }
    response.writeHead(206, head).end(part)
  },
  '/length': (request, response) => {
    response.writeHead(200, { 'content-length': PAGE.length, 'content-type': 'text/html; charset=utf-8' })
    response.end(request.method === 'HEAD' ? undefined : PAGE)
  },
  '/gzip': (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip', vary: 'accept-encoding' }).end(gzipSync(PAGE)),
  '/br': (_, response) => response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync(PAGE)),
  '/empty': (_, response) => response.writeHead(200, { 'content-length': 0 }).end(),
  '/nothing': (_, response) => response.writeHead(204, { 'x-it': 'is empty' }).end(),
  '/shared': (_, response) => response.writeHead(200, SHARED).end(PAGE),
  '/odd': (_, response) => {
    response.writeHead(
      200,
      [
        ['X-Twice', 'one'],
        ['x-twice', 'two'],
        ['X-Empty', ''],
        ['X-Latin', 'Gr\u00f6\u00dfe'],
        ['Link', '</a.css>; rel=preload'],
        ['Link', '</b.js>; rel=preload'],
        ['Content-Type', 'text/html;charset="UTF-8"'],
        ['Server', 'odd/1'],
        ['Age', '7'],
        ['Content-Security-Policy', "default-src 'self'"],
      ].flat(),
    )
    response.end(PAGE)
  },
  '/401': (_, response) =>
    response.writeHead(401, { 'www-authenticate': ['Basic realm="a, b"', 'Bearer'] }).end('who?'),
  '/429': (_, response) => response.writeHead(429, { 'retry-after': '120' }).end('later'),
  '/500': (_, response) => response.writeHead(500, { 'x-error': 'yes' }).end('broken'),
  '/503': (_, response) => response.writeHead(503, { 'retry-after': 'Wed, 21 Oct 2099 07:28:00 GMT' }).end('closed'),
  '/418': (_, response) => response.writeHead(418, 'I am a teapot', {}).end('short and stout'),
}

let streaming

function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://origin')
  const page = pages[pathname]
  if (page) return page(request, response)
  if (pathname === '/redirect') {
    return response.writeHead(Number(searchParams.get('status')), { location: searchParams.get('to') }).end('moved')
  }
  if (pathname === '/stream') return streaming(response)
  if (pathname === '/destroyed') return request.socket.destroy()
  if (pathname === '/half') {
    response.writeHead(200, { 'content-length': PAGE.length })
    return response.write(PAGE.subarray(0, 100), () => setTimeout(() => request.socket.destroy(), 100))
  }
  // Everything else tells what arrived.
  const hash = createHash('sha256')
  let length = 0
  request.on('data', (chunk) => {
    hash.update(chunk)
    length += chunk.length
  })
  request.on('end', () => {
    const { method, url, rawHeaders } = request
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ method, url, rawHeaders, length, sha256: hash.digest('hex') }))
  })
}

/** What the origin says arrived. */
async function arrived(request, on = site) {
  const response = await exchange(on.direct, request)
  assert.equal(response.status, 200, response.text)
  const { rawHeaders, ...rest } = JSON.parse(response.text)
  const headers = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1]]] : []))
  return { ...rest, headers }
}

// Responses.

each(everybody, 'every Set-Cookie of the origin stays its own, in order', async (headers, gets) => {
  assertCookies(await exchange(site.direct, { path: '/cookies', headers }), gets, cookies)
})

for (const status of [301, 302, 303, 307, 308]) {
  each(everybody, `a ${status} is handed on and not followed`, async (headers, gets) => {
    for (const to of ['/elsewhere?a=b#c', 'https://elsewhere.example/', '?only=query', `${origin.url}/cookies`]) {
      const asked = origin.requests.length
      const path = `/redirect?status=${status}&to=${encodeURIComponent(to)}`
      const response = await exchange(site.direct, { path, headers })
      assert.equal(response.status, status)
      assert.equal(response.one('location'), to)
      assert.equal(response.text, 'moved')
      assert.equal(origin.requests.length, asked + 1)
      assertCookies(response, gets)
    }
  })
}

each(everybody, 'a page that the browser has is a 304 with its ETag', async (headers, gets) => {
  const response = await exchange(site.direct, { path: '/etag', headers: { ...headers, 'if-none-match': '"v1"' } })
  assert.equal(response.status, 304)
  assert.equal(response.one('etag'), '"v1"')
  assert.equal(response.bytes.length, 0)
  assertCookies(response, gets)
})

each(everybody, 'a 304 without Cache-Control ends nothing that the browser was told', async (headers, gets) => {
  const response = await exchange(site.direct, { path: '/bare', headers: { ...headers, 'if-none-match': '"v1"' } })
  assert.deepEqual([response.status, response.one('etag'), response.bytes.length], [304, '"v1"', 0])
  // `private` alone would replace a stored `no-cache` (RFC 9111, 3.2).
  assert.equal(response.one('cache-control'), gets ? 'private, no-cache' : undefined)
  assertCookies(response, gets)
})

each(everybody, 'a range is a 206 with exactly its bytes', async (headers, gets) => {
  const response = await exchange(site.direct, { path: '/range', headers: { ...headers, range: 'bytes=10-1009' } })
  assert.equal(response.status, 206)
  assert.equal(response.one('content-range'), `bytes 10-1009/${PAGE.length}`)
  assert.equal(response.one('content-length'), '1000')
  assert.deepEqual(response.bytes, PAGE.subarray(10, 1010))
  assertCookies(response, gets)
})

each(everybody, 'HEAD has the length of the page and no body', async (headers) => {
  const response = await exchange(site.direct, { path: '/length', method: 'HEAD', headers })
  assert.equal(response.status, 200)
  assert.equal(response.one('content-length'), String(PAGE.length))
  assert.equal(response.bytes.length, 0)
  assertCookies(response, false)
})

each(everybody, 'the length of a page stays known', async (headers, gets) => {
  const response = await exchange(site.direct, { path: '/length', headers })
  assert.equal(response.one('content-length'), String(PAGE.length))
  assert.equal(response.one('content-type'), 'text/html; charset=utf-8')
  assert.deepEqual(response.bytes, PAGE)
  assertCookies(response, gets)
})

each(everybody, 'a page streams: its first bytes arrive before the last are written', async (headers, gets) => {
  let finish
  const firstWasRead = new Promise((resolve) => (finish = resolve))
  streaming = async (response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.write('first')
    await firstWasRead
    response.end('last')
  }
  const response = await inTime(open(site.direct, { path: '/stream', headers }), 'the response')
  const chunks = response.stream[Symbol.asyncIterator]()
  const { value: first } = await inTime(chunks.next(), 'the first chunk')
  assert.equal(first.toString(), 'first')
  finish()
  const { value: last } = await inTime(chunks.next(), 'the last chunk')
  assert.equal(last.toString(), 'last')
  assertCookies(response, gets)
})

for (const [path, status, body, expected] of [
  ['/401', 401, 'who?', { 'www-authenticate': ['Basic realm="a, b"', 'Bearer'] }],
  ['/418', 418, 'short and stout', {}],
  ['/429', 429, 'later', { 'retry-after': ['120'] }],
  ['/500', 500, 'broken', { 'x-error': ['yes'] }],
  ['/503', 503, 'closed', { 'retry-after': ['Wed, 21 Oct 2099 07:28:00 GMT'] }],
]) {
  each(everybody, `a ${status} keeps its headers and body`, async (headers, gets, of) => {
    const response = await exchange(site.direct, { path, headers })
    const plain = await exchange(passing.direct, { path, headers: await of(site) })
    assert.equal(response.status, status)
    assert.equal(response.text, body)
    for (const [name, values] of Object.entries(expected)) {
      assert.deepEqual(response.all(name), plain.all(name))
      assert.equal(response.all(name).join(', '), values.join(', '))
    }
    assertCookies(response, gets)
  })
}

for (const [path, encoding, decoded] of [
  ['/gzip', 'gzip', gunzipSync],
  ['/br', 'br', brotliDecompressSync],
]) {
  each(everybody, `a page compressed with ${encoding} comes to the same bytes`, async (headers, gets) => {
    const response = await exchange(site.direct, { path, headers: { ...headers, 'accept-encoding': 'gzip, br' } })
    assert.equal(response.one('content-encoding'), encoding)
    assert.deepEqual(decoded(response.bytes), PAGE)
    assertCookies(response, gets)
  })
}

each(everybody, 'empty bodies and a 204 stay empty', async (headers, gets, of) => {
  const empty = await exchange(site.direct, { path: '/empty', headers })
  assert.equal(empty.status, 200)
  assert.equal(empty.bytes.length, 0)
  assert.equal(empty.one('content-length'), '0')
  assertCookies(empty, gets)
  const nothing = await exchange(site.direct, { path: '/nothing', headers: await of(site) })
  assert.equal(nothing.status, 204)
  assert.equal(nothing.bytes.length, 0)
  assert.equal(nothing.one('x-it'), 'is empty')
  assertCookies(nothing, gets)
})

/** Headers that belong to one connection, or to the moment. */
const OF_THE_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date'])
const sorted = (headers) =>
  headers
    .filter(([name]) => !OF_THE_HOP.has(name))
    .map((pair) => pair.join(': '))
    .sort()
/** Headers as they mean: those of one name make one list, but for cookies. */
function meaning(headers) {
  const lists = new Map()
  for (const [name, value] of headers) {
    if (OF_THE_HOP.has(name)) continue
    const key = name === 'set-cookie' ? `${name} ${lists.size}` : name
    lists.set(key, [...(lists.get(key) ?? []), value])
  }
  return [...lists].map(([name, values]) => `${name.split(' ')[0]}: ${values.join(', ')}`).sort()
}

each(alone, 'a response that is left alone is the origin’s, byte for byte and header for header', async (headers) => {
  for (const path of [...Object.keys(pages), '/redirect?status=302&to=%2Fx']) {
    const request = { path, headers: { ...headers, 'accept-encoding': 'gzip, br' } }
    const [ours, plain, direct] = await Promise.all(
      [site.direct, passing.direct, origin.url].map((url) => exchange(url, request)),
    )
    assert.equal(ours.status, direct.status, path)
    assert.deepEqual(ours.bytes, direct.bytes, path)
    assert.deepEqual(sorted(ours.headers), sorted(plain.headers), `${path}: as through an empty Worker`)
    // A length that was not known is not known after a Worker either, but for an empty body.
    const length = ([name]) => name !== 'content-length'
    assert.deepEqual(
      meaning(ours.headers.filter(length)),
      meaning(direct.headers.filter(length)),
      `${path}: as from the origin`,
    )
  }
})

test('a page that gets a cookie differs from the origin’s by cookies and caching only', async () => {
  for (const path of Object.keys(pages)) {
    const headers = { accept: 'text/html', 'accept-encoding': 'gzip, br' }
    const ours = await exchange(site.direct, { path, headers: { ...headers, ...(await signedUp()) } })
    const plain = await exchange(passing.direct, { path, headers })
    const touched = /^(set-cookie|cache-control|.*cdn-cache-control|surrogate-control)$/
    const rest = ({ headers }) => sorted(headers.filter(([name]) => !touched.test(name)))
    assert.equal(ours.status, plain.status, path)
    assert.deepEqual(ours.bytes, plain.bytes, path)
    assert.deepEqual(rest(ours), rest(plain), path)
    assertCookies(ours, true, plain.all('set-cookie'))
  }
})

// Caching.

test('a page that got a cookie is kept by no shared cache', async () => {
  const headers = { accept: 'text/html', ...(await signedUp()) }
  const response = await exchange(site.direct, { path: '/shared', headers })
  assertCookies(response, true)
  assert.equal(response.one('cache-control'), 'private, max-age=600, stale-while-revalidate=60')
  for (const name of ['cdn-cache-control', 'cloudflare-cdn-cache-control', 'surrogate-control']) {
    assert.equal(response.one(name), undefined)
  }
  const plain = await exchange(site.direct, {
    path: '/length',
    headers: { accept: 'text/html', ...(await signedUp()) },
  })
  assert.equal(plain.one('cache-control'), 'private')
})

each(alone, 'a response without a cookie keeps what the origin says to caches', async (headers) => {
  const response = await exchange(site.direct, { path: '/shared', headers })
  for (const [name, value] of Object.entries(SHARED)) assert.equal(response.one(name), value)
})

test('a page view whose cookies are right already keeps what the origin says to caches', async () => {
  const { cookie } = await signedUp()
  const first = await exchange(site.direct, { path: '/shared', headers: { accept: 'text/html', cookie } })
  const kept = first.all('set-cookie').map((set) => set.split(';')[0])
  const again = { accept: 'text/html', cookie: [cookie, ...kept].join('; ') }
  const second = await exchange(site.direct, { path: '/shared', headers: again })
  assertCookies(second, false)
  for (const [name, value] of Object.entries(SHARED)) assert.equal(second.one(name), value)
})

// Requests.

const big = randomBytes(3_000_000)
const pieces = Array.from({ length: 40 }, (_, at) => big.subarray(at * 75_000, (at + 1) * 75_000))
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
  test(`the body of a ${method} arrives whole, small, large and in chunks`, async () => {
    const { cookie } = await signedUp()
    for (const body of ['a=b', big, pieces]) {
      const bytes = Array.isArray(body) ? big : Buffer.from(body)
      const sized = Array.isArray(body) ? { 'transfer-encoding': 'chunked' } : { 'content-length': bytes.length }
      const headers = { cookie, 'content-type': 'application/x-thing', ...sized }
      const { headers: got, ...rest } = await arrived({ path: '/echo?q', method, headers, body })
      assert.deepEqual(rest, { method, url: '/echo?q', length: bytes.length, sha256: sha256(bytes) })
      assert.ok(got.some(([name, value]) => name === 'content-type' && value === 'application/x-thing'))
    }
  })
}

test('a POST without a body arrives without one', async () => {
  const { length, method } = await arrived({ path: '/echo', method: 'POST' })
  assert.deepEqual({ length, method }, { length: 0, method: 'POST' })
})

each(
  everybody,
  'request headers arrive as through an empty Worker, and X-Forwarded-Host beside them',
  async (headers) => {
    const sent = {
      ...headers,
      host: 'shop.example:8080',
      authorization: 'Bearer x',
      'accept-language': 'de, en;q=0.5',
      'x-twice': ['one', 'two'],
      'x-empty': '',
      'x-latin': 'Gr\u00f6\u00dfe',
      'user-agent': 'Mozilla/5.0 (X11)',
    }
    const [ours, plain] = await Promise.all([site, passing].map((on) => arrived({ path: '/echo', headers: sent }, on)))
    assert.deepEqual(
      ours.headers.filter(([name]) => name === 'x-forwarded-host'),
      [['x-forwarded-host', 'shop.example:8080']],
    )
    const others = ({ headers }) => headers.filter(([name]) => name !== 'x-forwarded-host' && name !== 'host').sort()
    assert.deepEqual(others(ours), others(plain))
  },
)

test('X-Forwarded-Host cannot be set from outside', async () => {
  const { headers } = await arrived({
    path: '/echo',
    headers: { host: 'shop.example', 'x-forwarded-host': 'evil.example' },
  })
  assert.deepEqual(
    headers.filter(([name]) => name === 'x-forwarded-host'),
    [['x-forwarded-host', 'shop.example']],
  )
})

each(everybody, 'a path and query arrive as they were sent', async (headers) => {
  for (const path of [
    '/a//b',
    '//a',
    '//evil.example/x',
    '/a%2Fb',
    '/%2e%2E%2f',
    '/a%20b+c',
    '/?',
    '/a?',
    '/??',
    '/?a?b=/c',
    '/a?b=%26&&=&c',
    '/a;b=c',
    '/%',
    '/a%zz',
    '/gr%C3%B6%C3%9Fe',
    '/@',
    '/a:b',
    "/~!$&'()*,",
    '/a?redirect=https://x.example//y',
    '/a?q="<>|^`{}',
  ]) {
    const [ours, plain] = await Promise.all([site, passing].map((on) => arrived({ path, headers }, on)))
    assert.equal(ours.url, plain.url, `${path}: as through an empty Worker`)
    // workerd itself reads a URL as browsers do: these it changes before a Worker sees it.
    if (!/["<>^`{}|]|%2e|\/%(zz)?$|\?$/i.test(path)) assert.equal(ours.url, path)
  }
})

test('a WebSocket is upgraded through Pintle and carries text and bytes both ways', async () => {
  const server = new WebSocketServer({ server: origin.server, path: '/socket', handleProtocols: () => 'chat' })
  server.on('connection', (socket, { url, headers }) => {
    socket.send(JSON.stringify({ url, host: headers['x-forwarded-host'] }))
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    socket.on('close', (code) => (server.closedWith = code))
  })
  const cookie = await signedUp()
  const socket = new WebSocket(`${String(site.direct).replace('http', 'ws')}socket?room=1`, ['chat'], {
    headers: cookie,
  })
  const messages = []
  socket.on('message', (data, isBinary) => messages.push(isBinary ? data : data.toString()))
  const received = async (count) => {
    while (messages.length < count) await once(socket, 'message')
  }
  await inTime(
    Promise.race([received(1), once(socket, 'error').then(([error]) => Promise.reject(error))]),
    'the upgrade',
  )
  assert.deepEqual(JSON.parse(messages[0]), { url: '/socket?room=1', host: new URL(site.direct).host })
  assert.equal(socket.protocol, 'chat')
  const bytes = randomBytes(70_000)
  socket.send('Größe')
  socket.send(bytes)
  await inTime(received(3), 'the echo')
  assert.deepEqual(messages.slice(1), ['Größe', bytes])
  socket.close(4001)
  await inTime(once(socket, 'close'), 'the end')
  await inTime(
    (async () => {
      while (!server.closedWith) await new Promise((resolve) => setTimeout(resolve, 10))
    })(),
    'the end at the origin',
  )
  assert.equal(server.closedWith, 4001)
  server.close()
})

// An origin that fails.

each(everybody, 'an origin that hangs up without an answer is a 502', async (headers) => {
  const response = await inTime(exchange(site.direct, { path: '/destroyed', headers }), 'the answer')
  assert.equal(response.status, 502)
  assert.match(response.text, /cannot be reached/)
})

each(everybody, 'a page that breaks off at the origin breaks off, and does not hang', async (headers) => {
  const broken = exchange(site.direct, { path: '/half', headers })
  await assert.rejects(inTime(broken, 'the page'), (error) => !/hangs/.test(error.message))
})

each(everybody, 'what says something in our name and comes from outside does not reach the origin', async (headers) => {
  const forged = { 'x-pintle-decisions': '{"signed_up":true}', 'X-Pintle-Anything': 'x', 'x-pintle-': '' }
  const { headers: came } = await arrived({ path: '/x', headers: { ...headers, ...forged, 'x-pint': 'kept' } })
  const names = came.map(([name]) => name)
  assert.deepEqual(
    names.filter((name) => name.startsWith('x-pint')),
    ['x-pint'],
  )
  const posted = await arrived({ path: '/x', method: 'POST', body: 'abc', headers: forged })
  assert.ok(!posted.headers.some(([name]) => name.startsWith('x-pintle')))
  assert.equal(posted.length, 3)
})

test('an origin that is down is a 502, for everybody and every method', async () => {
  const gone = net.createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const { port } = gone.address()
  await new Promise((resolve) => gone.close(resolve))
  const down = await startSite({
    bindings: { ORIGIN_URL: `http://127.0.0.1:${port}`, TICKET_KEYS: KEY },
    assets: false,
  })
  try {
    for (const headers of Object.values(everybody)) {
      const response = await inTime(exchange(down.direct, { headers: await headers(down) }), 'the answer')
      assert.equal(response.status, 502)
      assert.equal(response.text, 'The site cannot be reached.\n')
      assert.deepEqual(response.all('set-cookie'), [])
    }
    const posted = await inTime(exchange(down.direct, { method: 'POST', body: 'x'.repeat(100_000) }), 'the answer')
    assert.equal(posted.status, 502)
  } finally {
    await down.dispose()
  }
})

// Static assets.

for (const [name, headers] of Object.entries(everybody)) {
  const gets = name.endsWith('gets a cookie')

  test(`a static page that the browser has is a 304: ${name}`, async () => {
    const first = await exchange(statics.direct, { headers: await headers(statics) })
    assert.equal(first.status, 200)
    assert.ok(first.one('etag'))
    assertCookies(first, gets)
    const again = { ...(await headers(statics)), 'if-none-match': first.one('etag') }
    const second = await exchange(statics.direct, { headers: again })
    assert.equal(second.status, 304)
    assert.equal(second.one('etag'), first.one('etag'))
    assert.equal(second.bytes.length, 0)
    assertCookies(second, gets)
  })

  test(`a static page moves to its address without .html: ${name}`, async () => {
    const moved = await exchange(statics.direct, { path: '/docs.html?a=b', headers: await headers(statics) })
    assert.equal(moved.status, 307)
    assert.equal(moved.one('location'), '/docs?a=b')
    assertCookies(moved, gets)
    const there = await exchange(statics.direct, { path: '/docs?a=b', headers: await headers(statics) })
    assert.equal(there.status, 200)
    assertCookies(there, gets)
  })

  test(`what is not there is the site’s own 404 page: ${name}`, async () => {
    const missing = await exchange(statics.direct, { path: '/nowhere', headers: await headers(statics) })
    assert.equal(missing.status, 404)
    assert.match(missing.text, /<title>Not found/)
    assertCookies(missing, gets)
  })
}
