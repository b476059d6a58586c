// A module that traps, in the installed package: it is replaced, and the page is served.
//
// The project's copy of the glue is changed so that what the module asks of JavaScript can be made to throw, which
// passes through the module's frames and leaves it as a trap does; and what JavaScript asks of the module, too.

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, beforeEach, test } from 'node:test'

import { Browser, newId, send, visitor } from '../worker/browser.mjs'
import { KEY } from '../worker/site.mjs'
import { imported } from './imported.mjs'
import { behindMiddleware, log, serve, servers } from './served.mjs'

const COOKIE = 'rs_activation_signed_up'
const PAGE = '<!doctype html><title>Still hours</title>'
const SHARED = 'public, max-age=600'

/** Which function traps, and how often yet; and those that were called. */
const trap = { where: '', times: 0 }
const called = new Set()
globalThis.trapOfTheTests = (name) => {
  called.add(name)
  if (!trap.times || !name.startsWith(trap.where)) return
  trap.times -= 1
  throw new WebAssembly.RuntimeError('unreachable')
}

const GUARDED = `
const guarded = (name, call) => function (...given) {
  globalThis.trapOfTheTests(name)
  return call.apply(this, given)
}
export default function newGlue() {
  const glue = { ...glueOf() }
  for (const [name, it] of Object.entries(glue)) {
    if (it.prototype && it.name && /^class/.test(it)) {
      for (const [method, { value }] of Object.entries(Object.getOwnPropertyDescriptors(it.prototype)))
        if (value && method !== 'constructor' && !method.startsWith('__'))
          it.prototype[method] = guarded(name + '.' + method, value)
    } else if (name !== '__wbg_set_wasm' && name !== '__wbindgen_init_externref_table') glue[name] = guarded(name, it)
  }
  return glue
}
`
const { fetch, next, server, dispose } = await imported(
  { fetch: 'pintle/fetch', next: 'pintle/next', server: 'next/server.js' },
  async (home) => {
    const file = path.join(home, 'dist/glue.js')
    const glue = await readFile(file, 'utf8')
    await writeFile(file, glue.replace(/export default function newGlue\(.*\)/, 'function glueOf()') + GUARDED)
  },
)
after(dispose)
beforeEach(() => (trap.times = 0))

/** Where it traps, in the order in which a first page view gets there. */
const places = {
  'as it reads the method': '__wbg_method_',
  'as it reads a header': '__wbg_get_',
  'as the request is identified': 'Pintle.identify',
  'as it says what must be asked': 'Pintle.next',
  'as it takes in the reply': 'Pintle.repliedValue',
  'as it decides': 'Pintle.respond',
  'as it asks for randomness': '__wbg_getRandomValues_',
  'as its visit ends': 'Pintle.end',
  'as it makes the page private': 'cacheControl',
}

/** What a shell calls of them: Next.js' middleware is told in the plan what a private page says. */
const calledBy = (name) =>
  Object.entries(places).filter(([, where]) => !name.includes('Next.js') || where !== 'cacheControl')

/** Shells as Fetch handlers. */
const shells = {
  ...Object.fromEntries(
    Object.entries(servers).map(([name, server]) => [
      name,
      (options, page) => server(fetch.createHandler(options), page),
    ]),
  ),
  'the middleware of Next.js': (options, page) =>
    behindMiddleware(next.createMiddleware(options), server.NextRequest, page),
}

async function starts(t, shell, profile = async () => ({ USER_APP_SIGN_UP: 1 })) {
  const made = { pages: 0 }
  const handler = shell({ environment: { TICKET_KEYS: KEY }, profile }, async () => {
    made.pages += 1
    return new Response(PAGE, { headers: { 'cache-control': SHARED } })
  })
  const site = await serve(handler)
  t.after(site.dispose)
  return Object.assign(made, site)
}
const view = (site, id = newId()) => new Browser(site, visitor(id)).view()

function assertPlain(page) {
  assert.deepEqual([page.status, page.body], [200, PAGE])
  assert.deepEqual(page.set, {})
}

for (const [name, shell] of Object.entries(shells)) {
  for (const [when, where] of calledBy(name)) {
    test(`${name}: a module that traps ${when} keeps no page back, and the next one is personalised`, async (t) => {
      const site = await starts(t, shell)
      assert.equal((await view(site)).set[COOKIE].value, 'true')
      for (let time = 1; time <= 3; time += 1) {
        const from = log().length
        Object.assign(trap, { where, times: 1 })
        assertPlain(await view(site))
        assert.equal(trap.times, 0, 'it did trap')
        assert.match(log(from), /RuntimeError: unreachable/)
        assert.doesNotMatch(log(from), /RS_ENC|rl_anonymous_id|[0-9a-f]{8}-[0-9a-f]{4}-/)
        assert.equal((await view(site)).set[COOKIE].value, 'true')
      }
      assert.equal(site.pages, 7, 'each page was made once')
    })
  }

  test(`${name}: a trap harms no other request: each gets its page, and the profile of nobody else`, async (t) => {
    let release
    const released = new Promise((resolve) => (release = resolve))
    let waiting = 0
    const site = await starts(t, shell, async (id) => {
      if (!id.startsWith('waits')) return { USER_APP_SIGN_UP: 1 }
      waiting += 1
      await released
      return { USER_APP_SIGN_UP: 1 }
    })
    const flights = Array.from({ length: 10 }, (_, at) => view(site, `waits ${at}`))
    while (waiting < flights.length) await new Promise(setImmediate)
    Object.assign(trap, { where: '__wbg_method_', times: 1 })
    assertPlain(await view(site))
    assert.equal((await view(site)).set[COOKIE].value, 'true')
    release()
    for (const page of await Promise.all(flights)) {
      assert.deepEqual([page.status, page.body], [200, PAGE])
      assert.notEqual(page.set[COOKIE]?.value, 'false')
    }
    assert.equal((await view(site)).set[COOKIE].value, 'true')
  })

  test(`${name}: a module that always traps keeps no page back`, async (t) => {
    const site = await starts(t, shell)
    for (const [, where] of calledBy(name)) {
      Object.assign(trap, { where, times: Infinity })
      for (let time = 1; time <= 3; time += 1) assertPlain(await view(site))
    }
    trap.times = 0
    assert.equal((await view(site)).set[COOKIE].value, 'true')
  })

  test(`${name}: the endpoint answers while the module traps, and decides again afterwards`, async (t) => {
    const site = await starts(t, shell)
    const ask = () => new Browser(site, visitor(newId())).view('/_pintle/decision', { headers: { accept: '*/*' } })
    for (const where of ['__wbg_method_', 'Pintle.identifyAsking', 'Pintle.refusal', 'Pintle.next', 'Pintle.respond']) {
      Object.assign(trap, { where, times: 1 })
      const answer = await ask()
      assert.equal(trap.times, 0, 'it did trap')
      assert.deepEqual([answer.status, JSON.parse(answer.body).decisions, answer.set], [200, {}, {}], where)
      assert.equal(answer.headers['cache-control'], 'no-store')
      assert.equal((await ask()).body, '{"decisions":{"signed_up":true}}')
    }
    assert.equal((await send(new URL('/_pintle/health', site.url))).status, 200)
  })
}

for (const where of ['Pintle.next', 'Pintle.repliedValue', 'Pintle.rest', 'Pintle.end']) {
  test(`a trap after the response, in ${where} of a late answer, ends nothing but the module`, async () => {
    let release
    const released = new Promise((resolve) => (release = resolve))
    const tasks = []
    const handle = fetch.createHandler({
      environment: { TICKET_KEYS: KEY, LOOKUP_BUDGET_MS: '50' },
      profile: async (id) => {
        if (id === 'late') await released
        return { USER_APP_SIGN_UP: 1 }
      },
    })
    const asked = (id) => {
      const cookie = Object.entries(visitor(id))[0].join('=')
      const request = new Request('https://shop.example/', { headers: { accept: 'text/html', cookie } })
      return handle(request, () => new Response(PAGE), { waitUntil: (task) => tasks.push(task) })
    }
    // `next` is called once more as soon as the page is answered.
    if (where !== 'Pintle.next') assert.deepEqual((await asked('late')).headers.getSetCookie(), [])
    else {
      const leaving = asked('late')
      await new Promise(setImmediate)
      Object.assign(trap, { where, times: 1 })
      assert.deepEqual((await leaving).headers.getSetCookie(), [])
    }
    if (where !== 'Pintle.next') Object.assign(trap, { where, times: 1 })
    release()
    // A runtime that is given a promise that rejects may end the program.
    await Promise.all(tasks)
    assert.equal(trap.times, 0, 'it did trap')
    assert.equal((await asked('next')).headers.getSetCookie().length, 2)
  })
}

// Before anybody comes

/** Makes a handler; `ids` are those that its source is asked for, `made` is what it called of the module meanwhile. */
function made(environment) {
  const ids = []
  const profile = (id) => {
    ids.push(id)
    return { USER_APP_SIGN_UP: 1 }
  }
  called.clear()
  const handle = fetch.createHandler({ environment, profile })
  return { handle, ids, made: new Set(called) }
}

const get = (handle, path = '/', headers = {}) => handle(new Request(`https://shop.example${path}`, { headers }), page)
const page = () => new Response(PAGE)
const firstView = (handle) =>
  get(handle, '/', { accept: 'text/html', cookie: Object.entries(visitor(newId()))[0].join('=') })

test('in Node.js all that a first page view calls was called before it, so that nobody waits for its compilation', async () => {
  const from = log().length
  const { handle, ids, made: before } = made({ TICKET_KEYS: KEY })
  assert.deepEqual([ids, log(from)], [[], ''], 'nobody was looked up, and nothing is told')
  called.clear()
  assert.equal((await firstView(handle)).headers.getSetCookie().length, 2)
  const late = [...called].filter((name) => !before.has(name))
  // The page's own caching is nothing that can be known before.
  assert.deepEqual(late, ['cacheControl'])
})

test('what is called before anybody comes counts nowhere', async () => {
  const { handle } = made({ TICKET_KEYS: KEY })
  const { lookups } = await (await get(handle, '/_pintle/health')).json()
  assert.deepEqual(lookups, { function: { answered: 0, failed: {} } })
})

test('a module that traps before anybody comes serves who comes', async () => {
  Object.assign(trap, { where: 'Pintle.respond', times: 1 })
  const { handle } = made({ TICKET_KEYS: KEY })
  assert.equal(trap.times, 0, 'it did trap')
  assert.equal((await firstView(handle)).headers.getSetCookie().length, 2)
})

for (const [name, value] of Object.entries({
  navigator: { userAgent: 'Cloudflare-Workers' },
  EdgeRuntime: 'edge-runtime',
})) {
  test(`nothing is called before anybody comes in an isolate that has Node.js’ own things, as ${name} tells`, async (t) => {
    const own = Object.getOwnPropertyDescriptor(globalThis, name)
    Object.defineProperty(globalThis, name, { configurable: true, value })
    t.after(() => (own ? Object.defineProperty(globalThis, name, own) : delete globalThis[name]))
    assert.ok(!made({ TICKET_KEYS: KEY }).made.has('Pintle.identify'))
  })
}

test('where the module cannot be started the site is served, and its health and log say so', async () => {
  const from = log().length
  Object.assign(trap, { where: 'contract', times: Infinity })
  const handle = fetch.createHandler({ environment: { TICKET_KEYS: KEY }, profile: () => ({ USER_APP_SIGN_UP: 1 }) })
  const response = await firstView(handle)
  assert.deepEqual([await response.text(), response.headers.getSetCookie()], [PAGE, []])
  for (const [path, body] of [
    ['/_pintle/healthy', PAGE],
    ['/_pintle/health/', PAGE],
  ])
    assert.equal(await (await get(handle, path)).text(), body)
  const health = await get(handle, '/_pintle/health?x')
  assert.deepEqual([health.status, health.headers.get('cache-control')], [503, 'no-store'])
  const { status, mistakes } = await health.json()
  assert.equal(status, 'unpersonalised')
  assert.deepEqual(mistakes, [{ at: 'pintle', what: 'the module cannot be started: RuntimeError: unreachable' }])
  assert.match(log(from), /the module cannot be started/)
})
