// What `pintle/fetch` leaves alone leaves as the page's server answered, and what gets a cookie differs by that cookie
// and its caching only: each server is asked with Pintle and without.

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'

import { newId, visitor } from '../worker/browser.mjs'
import { exchange, inTime, open } from '../worker/raw.mjs'
import { KEY } from '../worker/site.mjs'
import { imported } from './imported.mjs'
import { serve, servers } from './served.mjs'

const COOKIE = 'rs_activation_signed_up=true; SameSite=Lax; Secure; Path=/; Max-Age=86400'
const TICKET = /^pintle_ticket=[\w-]+; HttpOnly; SameSite=Lax; Secure; Path=\/; Max-Age=1800$/
const PAGE = `<!doctype html><title>Größe</title>${'<p>A page.</p>'.repeat(500)}`
const SHARED = {
  'cache-control': 'public, max-age=600, s-maxage=31536000, stale-while-revalidate=60',
  'cdn-cache-control': 'max-age=3600',
  'surrogate-control': 'max-age=1',
  'vercel-cdn-cache-control': 'max-age=7200',
  vary: 'accept-language',
}

// Who may ask

/** A page view of somebody who is signed up, and was never here. */
const signedUp = () => ({ accept: 'text/html', cookie: Object.entries(visitor(newId()))[0].join('=') })
const alone = {
  'a page view without a visitor': () => ({ accept: 'text/html' }),
  'a sub-resource with a visitor’s cookies': () => ({ ...signedUp(), 'sec-fetch-dest': 'image' }),
}
const everybody = { ...alone, 'a page view that gets a cookie': signedUp }

// The pages: one for each thing that a response can have

const withCookies = (cookies) => {
  const headers = new Headers({ 'content-type': 'text/html' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return headers
}
const cookies = ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2099 07:28:00 GMT; HttpOnly', 'a=3; Path=/a']
// Each has a type: @hono/node-server gives one to those that have none, but not as long as nobody looks.
const TEXT = { 'content-type': 'text/plain;charset=UTF-8' }
const pages = {
  '/text': () => new Response(PAGE, { headers: { 'content-type': 'text/html; charset=utf-8', 'x-it': 'is a text' } }),
  '/cookies': () => new Response(PAGE, { headers: withCookies(cookies) }),
  '/etag': (request) => {
    const headers = { ...TEXT, etag: '"v1"', 'cache-control': 'max-age=60' }
    return request.headers.get('if-none-match') === '"v1"'
      ? new Response(null, { status: 304, headers })
      : new Response(PAGE, { headers })
  },
  '/bytes': () =>
    new Response(Buffer.from(PAGE), { headers: { ...TEXT, 'content-length': String(Buffer.byteLength(PAGE)) } }),
  '/gzip': () =>
    new Response(gzipSync(PAGE), { headers: { ...TEXT, 'content-encoding': 'gzip', vary: 'accept-encoding' } }),
  '/blob': () => new Response(new Blob([PAGE]), { headers: TEXT }),
  '/empty': () => new Response('', { headers: TEXT }),
  '/none': () => new Response(null),
  '/nothing': () => new Response(null, { status: 204, headers: { 'x-it': 'is empty' } }),
  '/shared': () => new Response(PAGE, { headers: { ...TEXT, ...SHARED } }),
  '/json': () => Response.json({ a: [1] }, { status: 201 }),
  '/401': () => new Response('who?', { status: 401, headers: { ...TEXT, 'www-authenticate': 'Basic realm="a, b"' } }),
  '/418': () => new Response('short and stout', { status: 418, statusText: 'I am a teapot', headers: TEXT }),
  '/429': () => new Response('later', { status: 429, headers: { ...TEXT, 'retry-after': '120' } }),
  '/503': () =>
    new Response('closed', { status: 503, headers: { ...TEXT, 'retry-after': 'Wed, 21 Oct 2099 07:28:00 GMT' } }),
  '/moved': () => new Response(null, { status: 308, headers: { location: 'https://elsewhere.example/?a=b#c' } }),
  '/redirect': (request) => Response.redirect(new URL('/there?a=b', request.url), 302),
}

let streaming

async function page(request) {
  const { pathname, searchParams } = new URL(request.url)
  if (pages[pathname]) return pages[pathname](request)
  if (pathname === '/stream') return streaming(request)
  if (pathname === '/redirected') {
    return new Response('moved', { status: Number(searchParams.get('status')), headers: { location: '/there' } })
  }
  // Everything else tells what arrived.
  const bytes = Buffer.from(await request.arrayBuffer())
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const { url, method } = request
  return Response.json({ url, method, headers: [...request.headers], length: bytes.length, sha256 })
}

const { fetch: pintle, dispose } = await imported({ fetch: 'pintle/fetch' })
after(dispose)

for (const [name, server] of Object.entries(servers)) {
  let site, plain

  before(async () => {
    const handle = pintle.createHandler({ environment: { TICKET_KEYS: KEY }, profile: () => ({ USER_APP_SIGN_UP: 1 }) })
    const passing = (request, next) => next(request, { decisions: async () => ({}) })
    ;[site, plain] = [await serve(server(handle, page)), await serve(server(passing, page))]
  })
  after(() => Promise.all([site?.dispose(), plain?.dispose()]))

  /** A test for each of `who`: `body(headers, gets)`, where `gets` says whether the answer gets a cookie. */
  const each = (who, fact, body) => {
    for (const [whose, headers] of Object.entries(who)) {
      test(`${name}: ${fact}: ${whose}`, () => body(headers, whose.endsWith('gets a cookie')))
    }
  }

  /** Takes the cookies of Pintle off; asserts that they are there exactly when they should be, after the page's. */
  function assertCookies(response, gets, others = []) {
    const set = response.all('set-cookie')
    if (gets) {
      assert.match(set.pop() ?? '', TICKET)
      assert.equal(set.pop(), COOKIE)
    }
    assert.deepEqual(set, others)
  }

  /** Headers but for those of one connection or moment, and, of a page that gets a cookie, those that change for it. */
  function lasting({ headers }, gets) {
    const changing = /^(connection|keep-alive|date|transfer-encoding|content-length)$/
    const touched = /^(set-cookie|cache-control|.*cdn-cache-control|surrogate-control)$/
    const kept = headers.filter(([header]) => !changing.test(header) && !(gets && touched.test(header)))
    return kept.map((pair) => pair.join(': ')).sort()
  }

  each(everybody, 'every page comes as it is, but for a cookie and its caching', async (headers, gets) => {
    for (const path of Object.keys(pages)) {
      for (const method of ['GET', 'HEAD']) {
        const ask = (on) =>
          inTime(exchange(on.url, { path, method, headers: { host: 'shop.example', ...headers() } }), path)
        const [ours, theirs] = [await ask(site), await ask(plain)]
        const isGiven = gets && method === 'GET'
        assert.equal(ours.status, theirs.status, path)
        assert.equal(ours.stream.statusMessage, theirs.stream.statusMessage, path)
        assert.deepEqual(ours.bytes, theirs.bytes, path)
        assert.deepEqual(lasting(ours, isGiven), lasting(theirs, isGiven), path)
        assertCookies(ours, isGiven, theirs.all('set-cookie'))
        if (isGiven) assert.match(ours.one('cache-control'), /^private(?!.*(public|s-maxage))/, path)
      }
    }
  })

  each(everybody, 'the length of a page is told where it is told without Pintle', async (headers, gets) => {
    for (const path of ['/bytes', '/text', '/empty', '/json']) {
      const [ours, theirs] = [
        await exchange(site.url, { path, headers: headers() }),
        await exchange(plain.url, { path, headers: headers() }),
      ]
      const length = ours.one('content-length')
      // A page that gets a cookie is a copy, of which only the length is known that the page itself told.
      if (gets && path !== '/bytes') assert.ok(length === undefined || Number(length) === ours.bytes.length, path)
      else assert.equal(length, theirs.one('content-length'), path)
    }
  })

  test(`${name}: a page that got a cookie is kept by no shared cache`, async () => {
    const response = await exchange(site.url, { path: '/shared', headers: signedUp() })
    assertCookies(response, true)
    assert.equal(response.one('cache-control'), 'private, max-age=600, stale-while-revalidate=60')
    for (const header of ['cdn-cache-control', 'surrogate-control', 'vercel-cdn-cache-control'])
      assert.equal(response.one(header), undefined)
  })

  test(`${name}: what a browser has is a 304, and it gets its cookie with it`, async () => {
    const headers = { ...signedUp(), 'if-none-match': '"v1"' }
    const response = await exchange(site.url, { path: '/etag', headers })
    assert.deepEqual([response.status, response.one('etag'), response.bytes.length], [304, '"v1"', 0])
    assertCookies(response, true)
  })

  each(everybody, 'a page streams: its first bytes arrive before the last are written', async (headers, gets) => {
    const [firstWasRead, wasRead] = deferred()
    const bytes = (text) => new TextEncoder().encode(text)
    streaming = () =>
      new Response(
        new ReadableStream({
          async start(controller) {
            controller.enqueue(bytes('first'))
            await firstWasRead
            controller.enqueue(bytes('last'))
            controller.close()
          },
        }),
        { headers: { 'content-type': 'text/html' } },
      )
    const response = await inTime(open(site.url, { path: '/stream', headers: headers() }), 'the response')
    assertCookies(response, gets)
    const chunks = response.stream[Symbol.asyncIterator]()
    const { value: first } = await inTime(chunks.next(), 'the first chunk')
    assert.equal(first.toString(), 'first')
    wasRead()
    const { value: last } = await inTime(chunks.next(), 'the last chunk')
    assert.equal(last.toString(), 'last')
  })

  each(everybody, 'a page that nobody reads any more is given up', async (headers) => {
    const [cancelled, cancel] = deferred()
    streaming = () => {
      const pull = async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        controller.enqueue(new Uint8Array(10_000))
      }
      return new Response(new ReadableStream({ pull, cancel }))
    }
    const response = await inTime(open(site.url, { path: '/stream', headers: headers() }), 'the response')
    response.stream.destroy()
    await inTime(cancelled, 'the end')
  })

  each(everybody, 'a page that breaks off breaks off, and does not hang', async (headers) => {
    streaming = () => {
      let chunks = 0
      const pull = async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        chunks += 1
        if (chunks < 4) controller.enqueue(new Uint8Array(10_000))
        else controller.error(new Error('out of paper'))
      }
      return new Response(new ReadableStream({ pull }))
    }
    const ask = (on) =>
      inTime(exchange(on.url, { path: '/stream', headers: headers() }), 'the page').then(
        () => 'whole',
        (error) => (/hangs/.test(error.message) ? 'hangs' : 'broken'),
      )
    assert.deepEqual([await ask(site), await ask(plain)], ['broken', 'broken'])
  })

  each(everybody, 'redirects are handed on', async (headers, gets) => {
    for (const status of [301, 302, 303, 307, 308]) {
      const path = `/redirected?status=${status}`
      const response = await exchange(site.url, { path, headers: headers() })
      assert.deepEqual([response.status, response.one('location'), response.text], [status, '/there', 'moved'])
      assertCookies(response, gets)
    }
  })

  test(`${name}: a compressed page comes to the same bytes`, async () => {
    const response = await exchange(site.url, { path: '/gzip', headers: signedUp() })
    assert.equal(response.one('content-encoding'), 'gzip')
    assert.equal(gunzipSync(response.bytes).toString(), PAGE)
    assertCookies(response, true)
  })

  // Requests

  const arrived = async (request, on = site) => JSON.parse((await inTime(exchange(on.url, request), 'the answer')).text)

  const big = randomBytes(3_000_000)
  const pieces = Array.from({ length: 40 }, (_, at) => big.subarray(at * 75_000, (at + 1) * 75_000))

  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    test(`${name}: the body of a ${method} arrives whole, small, large and in chunks`, async () => {
      for (const body of ['a=b', big, pieces]) {
        const bytes = Array.isArray(body) ? big : Buffer.from(body)
        const sized = Array.isArray(body) ? { 'transfer-encoding': 'chunked' } : { 'content-length': bytes.length }
        for (const forged of [{}, { 'x-pintle-decisions': '{}' }]) {
          const headers = { ...signedUp(), 'content-type': 'application/x-thing', ...sized, ...forged }
          const { length, sha256, ...request } = await arrived({ path: '/echo?q', method, headers, body })
          assert.deepEqual([length, sha256], [bytes.length, createHash('sha256').update(bytes).digest('hex')])
          assert.equal(request.method, method)
          const told = new Map(request.headers)
          assert.deepEqual([told.get('content-type'), told.has('x-pintle-decisions')], ['application/x-thing', false])
        }
      }
    })
  }

  each(everybody, 'method, URL and headers arrive as without Pintle', async (headers) => {
    const own = headers()
    for (const path of [
      '/a//b',
      '//a',
      '/a%2Fb?c=%26&&=',
      '/gr%C3%B6%C3%9Fe',
      '/?',
      '/a?redirect=https://x.example//y',
    ]) {
      for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
        const sent = {
          host: 'shop.example:8080',
          authorization: 'Bearer x',
          'x-twice': ['one', 'two'],
          'x-empty': '',
          ...own,
        }
        const [ours, theirs] = [
          await arrived({ path, method, headers: sent }),
          await arrived({ path, method, headers: sent }, plain),
        ]
        assert.deepEqual(ours, theirs)
      }
    }
  })
}

function deferred() {
  let resolve
  const promise = new Promise((settle) => (resolve = settle))
  return [promise, resolve]
}
