// `GET /_pintle/decision` of the installed package, by each of its ways, on a Node.js server.

import { after } from 'node:test'

import { testEndpoint } from '../endpoint.mjs'
import { imported } from './imported.mjs'
import { behindMiddleware, log, serve } from './served.mjs'

const { fetch, next, route, server, dispose } = await imported({
  fetch: 'pintle/fetch',
  next: 'pintle/next',
  route: 'pintle/next/decision',
  server: 'next/server.js',
})
after(dispose)

const page = () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })

/** The router's part of the way, for a site whose pages are served without a middleware. */
const routed = (handle, decide) => (request) =>
  new URL(request.url).pathname === '/_pintle/decision' ? decide(request) : handle(request, page)

const ways = {
  'pintle/fetch': (environment) => {
    const handle = fetch.createHandler({ environment })
    return (request) => handle(request, page)
  },
  'pintle/next': (environment) => behindMiddleware(next.createMiddleware({ environment }), server.NextRequest, page),
  'pintle/next/decision': (environment) =>
    routed(fetch.createHandler({ environment }), route.createDecisionRoute({ environment })),
}

for (const [name, way] of Object.entries(ways)) {
  const start = async (environment) => {
    const from = log().length
    return { ...(await serve(way(environment))), log: () => log(from) }
  }
  testEndpoint(name, { start, address: 'x-forwarded-for', mindsSlash: name !== 'pintle/next' })
}
