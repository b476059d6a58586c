// RudderStack as a page's SDK meets it: a server that hands out the SDK, serves its source configuration and
// records what it is sent. Nothing of the SDK is replaced: both generations are the packages from npm.

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { json } from 'node:stream/consumers'

import { startServer } from '../worker/site.mjs'

const installed = createRequire(import.meta.url)
const WRITE_KEY = '2Y9kWriteKeyOfTheTests'

/**
 * The SDK's generations. The packages are modules for bundlers; `page` makes of each, in one line, what RudderStack's
 * CDN serves: a script that takes the loading snippet's queue over and becomes `window.rudderanalytics`.
 */
const SDKS = {
  v3: {
    file: () => path.join(packageOf('@rudderstack/analytics-js'), 'dist/npm/modern/bundled/umd/index.js'),
    page: 'new exports.RudderAnalytics()',
  },
  'v1.1': {
    file: () => path.join(packageOf('rudder-sdk-js'), 'dist/npm/index.js'),
    page: 'window.rudderanalytics = exports',
  },
}

/** What the SDK's methods are called in the loading snippet of RudderStack's documentation. */
const METHODS = 'load page track identify alias group ready reset getAnonymousId setAnonymousId getUserId'.split(' ')

/**
 * Starts it. Resolves to
 * - `url`: the data plane's URL, and `sourceConfigUrl`: the SDK's load option `configUrl`; `writeKey`;
 * - `sdkScript(version)`: the URL of the SDK's script, `v3` (today's) or `v1.1` (the old `rudder-sdk-js`);
 * - `snippet(version, options, to)`: the script (JavaScript, without its tag) that a site has in its head: the queue,
 *   `load`, `page`, and the SDK's script. `options` is JavaScript too, of further load options; `to` is another data plane
 *   that it sends to, with its `url`, `configUrl` and `writeKey`;
 * - `events`: every event that was sent, each once (RudderStack drops a message id that it knows, too), with the
 *   path that it was sent to as `endpoint`; `of(type)`: those of one type;
 * - `requests`: every request, as `METHOD /path`;
 * - `dispose()`.
 */
export async function startRudderStack() {
  const events = []
  const server = await startServer((request, response) => {
    answer(request, response, events).catch((error) => {
      response.writeHead(500).end(error.message)
    })
  })
  const sdkScript = (version) => {
    if (!SDKS[version]) throw new Error(`no SDK ${version}: there are ${Object.keys(SDKS).join(', ')}`)
    return `${server.url}/sdk/${version}.js`
  }
  return {
    url: server.url,
    sourceConfigUrl: `${server.url}/sourceConfig/`,
    writeKey: WRITE_KEY,
    sdkScript,
    snippet: (
      version,
      options = '',
      to = { url: server.url, configUrl: `${server.url}/sourceConfig/`, writeKey: WRITE_KEY },
    ) => `
      const queue = window.rudderanalytics = []
      for (const method of ${JSON.stringify(METHODS)}) queue[method] = (...args) => queue.push([method, ...args])
      rudderanalytics.load('${to.writeKey}', '${to.url}', { configUrl: '${to.configUrl}', ${options} })
      rudderanalytics.page()
      document.head.append(Object.assign(document.createElement('script'), { src: '${sdkScript(version)}' }))`,
    events,
    of: (type) => events.filter((event) => event.type === type),
    get requests() {
      return server.requests.map(({ method, url }) => `${method} ${url.split('?')[0]}`)
    },
    dispose: server.dispose,
  }
}

/** Keeps a browser context on this machine; the list that it returns fills with what it asked for elsewhere. */
export async function stayLocal(context) {
  const elsewhere = []
  await context.route(
    ({ hostname }) => !['localhost', '127.0.0.1'].includes(hostname),
    (route) => {
      elsewhere.push(route.request().url())
      return route.abort()
    },
  )
  return elsewhere
}

async function answer(request, response, events) {
  const { pathname } = new URL(request.url, 'http://local')
  // The page is of another origin, and the SDK sends an Authorization header: the browser asks beforehand.
  response.setHeader('access-control-allow-origin', '*')
  if (request.method === 'OPTIONS') {
    const wanted = request.headers['access-control-request-headers'] ?? ''
    response
      .writeHead(204, { 'access-control-allow-headers': wanted, 'access-control-allow-methods': 'GET, POST' })
      .end()
    return
  }
  const version = pathname.match(/^\/sdk\/(.+)\.js$/)?.[1]
  if (version in SDKS) {
    response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(await scriptOf(SDKS[version]))
  } else if (pathname.replace(/\/$/, '') === '/sourceConfig') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(sourceConfig))
  } else if (request.method === 'POST' && /^\/(v1\/\w+|beacon\/v1\/batch)$/.test(pathname)) {
    const body = await json(request)
    for (const event of body.batch ?? [body]) {
      if (events.some(({ messageId }) => messageId === event.messageId)) continue
      events.push({ endpoint: pathname, ...event })
    }
    response.writeHead(200, { 'content-type': 'text/plain' }).end('OK')
  } else {
    response.writeHead(404).end()
  }
}

/** Each package's folder, as Node.js resolves it. */
const packageOf = (name) => {
  const main = installed.resolve(name)
  return main.slice(0, main.lastIndexOf(path.normalize(name)) + name.length)
}

async function scriptOf({ file, page }) {
  const module = await readFile(file(), 'utf8')
  return `(() => { const exports = {}, module = { exports };\n${module}\n;${page} })()`
}

/** What https://api.rudderstack.com/sourceConfig answers for a source without device-mode destinations. */
const sourceConfig = {
  source: {
    id: '2Y9kSourceOfTheTests',
    name: 'the tests',
    writeKey: WRITE_KEY,
    enabled: true,
    workspaceId: '2Y9kWorkspace',
    config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
    connections: [],
    destinations: [],
  },
  updatedAt: '2026-01-01T00:00:00.000Z',
}
