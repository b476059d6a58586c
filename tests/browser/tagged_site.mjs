// The demo site as a customer of RudderStack has it: every page has the SDK's loading snippet and Pintle's client in its
// head. Its own server stands behind the Worker, or, without middleware, before it.

import { readFile } from 'node:fs/promises'
import { request as ask } from 'node:http'
import path from 'node:path'

import { root } from '../../scripts/project.mjs'
import { project } from '../npm/pack.mjs'
import { KEY, startSite } from '../worker/site.mjs'
import { at, startPages } from './pages.mjs'

const www = (file) => readFile(path.join(root, 'www', file), 'utf8')

/**
 * Starts it. `middleware: false` serves pages without the Worker, which then answers below `/_pintle/` only. Resolves to
 * `at(pathname)`, the URL of a page; `head`, what each page has at the start of its head, to be set by a test;
 * `profiles`, the Worker's KV; `direct`, the URL of the Worker itself; `asked`, the requests below `/_pintle/` that its own server handed on; `dispose`.
 */
export async function startTaggedSite({ middleware = true, bindings = {} } = {}) {
  const client = await project()
  const asked = []
  let worker
  const pages = await startPages({
    client: path.join(client.folder, 'node_modules/pintle'),
    page: async (pathname) => {
      if (!/^\/[\w-]*$/.test(pathname)) return
      const html = await www(`${pathname.slice(1) || 'index'}.html`)
      return html.replace('<head>', () => `<head>${site.head}`)
    },
    answer: async (request, response) => {
      if (request.url.startsWith('/assets/')) {
        const type = request.url.endsWith('.css') ? 'text/css' : 'text/javascript'
        response.writeHead(200, { 'content-type': type }).end(await www(request.url.slice(1)))
      } else if (request.url.startsWith('/_pintle/')) {
        asked.push(request.url)
        handOn(request, response, worker.direct)
      } else response.writeHead(404).end()
    },
  })
  const origin = middleware ? { ORIGIN_URL: pages.url } : {}
  worker = await startSite({
    host: 'localhost',
    bindings: { TICKET_KEYS: KEY, LOOKUP_BUDGET_MS: '2000', ...origin, ...bindings },
    assets: !middleware,
  })
  const site = {
    head: '',
    at: (pathname) => at(middleware ? { url: worker.url } : pages, pathname),
    profiles: worker.profiles,
    direct: worker.direct,
    asked,
    dispose: () => Promise.all([worker, pages, client].map((running) => running.dispose())),
  }
  return site
}

/** Hands a request on to another server, as a site's own server does. */
export function handOn(request, response, to) {
  const { method, headers } = request
  const onward = ask(new URL(request.url, to), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', (error) => response.writeHead(502).end(error.message))
  request.pipe(onward)
}
