// `pintle/fetch` around answers that it cannot change, or must not say too much of: they leave as the app gave them.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { after, before, test } from 'node:test'

import { Browser, newId, visitor } from '../worker/browser.mjs'
import { exchange, inTime } from '../worker/raw.mjs'
import { KEY } from '../worker/site.mjs'
import { imported } from './imported.mjs'
import { log, serve } from './served.mjs'

const COOKIE = 'rs_activation_signed_up'
const SHARED = 'public, max-age=60, s-maxage=600'
const { fetch: pintle, dispose } = await imported({ fetch: 'pintle/fetch' })

/** An origin that answers with the status line that its path says, in bytes of UTF-8. */
const origin = net.createServer((socket) => {
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    const line = decodeURIComponent(/^GET \/(\S*)/.exec(bytes)?.[1] ?? '')
    socket.end(`HTTP/1.1 ${line}\r\nContent-Length: 4\r\nCache-Control: ${SHARED}\r\nSet-Cookie: a=1\r\n\r\npage`)
  })
})
let url

before(async () => {
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  url = `http://127.0.0.1:${origin.address().port}`
})
after(() => Promise.all([dispose(), new Promise((resolve) => origin.close(resolve))]))

const newHandle = () =>
  pintle.createHandler({ environment: { TICKET_KEYS: KEY }, profile: () => ({ USER_APP_SIGN_UP: 1 }) })
const answers = (line) => fetch(`${url}/${encodeURIComponent(line)}`)
const view = (handle, page) => {
  const cookie = Object.entries(visitor(newId()))[0].join('=')
  const request = new Request('https://shop.example/', { headers: { accept: 'text/html', cookie } })
  return inTime(handle(request, page), 'the answer')
}

// What cannot be changed

for (const line of ['404 Non trouvé', '200 すべて良好', '404 \u0080\u009f']) {
  test(`a page is personalised whatever its reason phrase: ${JSON.stringify(line)}`, async () => {
    const from = log().length
    const response = await view(newHandle(), () => answers(line))
    assert.deepEqual([response.status, await response.text()], [Number(line.slice(0, 3)), 'page'])
    const [theirs, ours] = response.headers.getSetCookie()
    assert.deepEqual([theirs, ours.split(';')[0]], ['a=1', `${COOKIE}=true`])
    assert.equal(response.headers.get('cache-control'), 'private, max-age=60')
    assert.equal(log(from), '')
  })
}

const unchangeable = {
  'a status of 600': () => answers('600 Beyond'),
  'a status of 999': () => answers('999 Request denied'),
  'a body that was read already': async () => {
    const response = new Response('page', { headers: { 'cache-control': SHARED } })
    await response.text()
    return response
  },
  'a body that somebody reads': () => {
    const response = new Response('page', { headers: { 'cache-control': SHARED } })
    response.body.getReader()
    return response
  },
}
for (const [what, page] of Object.entries(unchangeable)) {
  test(`an answer with ${what} leaves as it came, and the log says so once a minute`, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + nextMinute() })
    const handle = newHandle()
    const from = log().length
    const lines = () => log(from).split('served without personalization').length - 1
    for (let time = 1; time <= 3; time += 1) {
      let given
      const response = await view(handle, async () => {
        given = await page()
        return given
      })
      assert.equal(response, given)
      assert.equal(response.headers.get('cache-control'), SHARED)
      assert.ok(!response.headers.getSetCookie().some((cookie) => cookie.startsWith(COOKIE)))
    }
    assert.equal(lines(), 1, log(from))
    t.mock.timers.tick(61_000)
    await view(handle, page)
    assert.equal(lines(), 2, 'what lasts is told again')
    assert.equal((await view(handle, () => new Response('page'))).headers.getSetCookie().length, 2)
  })
}

let minutes = 0
function nextMinute() {
  minutes += 10
  return minutes * 60_000
}

test('a page that could not be made private is told nothing once it has left', async () => {
  let visit
  const response = await view(newHandle(), (_, its) => {
    visit = its
    return answers('999 Request denied')
  })
  assert.deepEqual([response.status, response.headers.get('cache-control')], [999, SHARED])
  assert.deepEqual(await visit.decisions(), {})
})

// A 304

test('a 304 that says nothing of caching leaves a browser asking, as the page that it has told it to', async (t) => {
  const handle = newHandle()
  let caching
  const site = await serve((request) =>
    handle(request, () => new Response(null, { status: 304, headers: { etag: '"v1"', ...caching } })),
  )
  t.after(site.dispose)
  const cookie = () => Object.entries(visitor(newId()))[0].join('=')
  const ask = (cookie) => {
    const headers = { accept: 'text/html', 'if-none-match': '"v1"', ...(cookie && { cookie }) }
    return inTime(exchange(site.url, { headers }), 'the 304')
  }
  for (const [given, expected] of [
    [undefined, 'private, no-cache'],
    ['', 'private, no-cache'],
    ['no-cache', 'private, no-cache'],
    ['public, max-age=60, s-maxage=600', 'private, max-age=60'],
  ]) {
    caching = given === undefined ? {} : { 'cache-control': given }
    const response = await ask(cookie())
    assert.deepEqual([response.status, response.one('etag')], [304, '"v1"'])
    assert.equal(response.all('set-cookie').length, 2)
    assert.equal(response.one('cache-control'), expected, given)
  }
  caching = {}
  const nobodys = await ask()
  assert.deepEqual([nobodys.one('cache-control'), nobodys.all('set-cookie')], [undefined, []])
})

test('a 304 of a later page is handed on as it came', async (t) => {
  const handle = newHandle()
  const site = await serve((request) =>
    handle(request, () => {
      const isKnown = request.headers.get('if-none-match') === '"v1"'
      return isKnown
        ? new Response(null, { status: 304, headers: { etag: '"v1"' } })
        : new Response('page', { headers: { etag: '"v1"', 'cache-control': 'no-cache' } })
    }),
  )
  t.after(site.dispose)
  const browser = new Browser(site, visitor(newId()))
  const first = await browser.view()
  assert.deepEqual([first.status, first.headers['cache-control']], [200, 'private, no-cache'])
  const later = await browser.view('/', { headers: { 'if-none-match': '"v1"' } })
  assert.deepEqual([later.status, later.headers['cache-control'], later.set], [304, undefined, {}])
})
