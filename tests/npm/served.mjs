// Servers on Node.js with the package before them: Hono, and bare node:http, whose requests and responses
// @hono/node-server turns into those of the Fetch standard.

import { createServer } from 'node:http'
import { format } from 'node:util'

import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'

/** By name: what makes a Fetch handler of a Pintle handler and of what answers a page, `page(request, visit)`. */
export const servers = {
  'Hono on Node.js': (handle, page) => {
    const app = new Hono()
    app.all('*', (c) => page(c.req.raw, c.env.visit))
    // A page that takes no visit has a function that takes none.
    const next = (env) =>
      page.length > 1
        ? (request, visit) => app.fetch(request, { ...env, visit })
        : (request) => app.fetch(request, { ...env })
    return (request, env) => handle(request, next(env))
  },
  'a bare Node.js server': (handle, page) => (request) => handle(request, page),
}

/**
 * Next.js' part of the way, but for Next.js: its request, and what a middleware says of the response to one that it lets
 * pass. `NextRequest` is its class.
 */
export function behindMiddleware(middleware, NextRequest, page) {
  return async ({ url, method, headers }) => {
    const response = await middleware(new NextRequest(url, { method, headers }))
    if (!response.headers.has('x-middleware-next')) return response
    const answer = await page()
    for (const [name, value] of response.headers) {
      if (name === 'set-cookie') answer.headers.append(name, value)
      else answer.headers.set(name, value)
    }
    return answer
  }
}

/** Serves a Fetch handler on a free port; resolves to its `url` and `dispose`. */
export async function serve(fetch) {
  const server = createServer(
    getRequestListener(fetch, { errorHandler: () => new Response('broken', { status: 500 }) }),
  )
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    dispose: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

const lines = []
for (const level of ['warn', 'error']) console[level] = (...told) => lines.push(format(...told))

/** What this program logged since `from`, a length of an earlier log. */
export const log = (from = 0) => lines.join('\n').slice(from)
