// A KV namespace as workerd's binding speaks to it, in this process.

import http from 'node:http'

/** Starts it; `expected` is room for what it should have. */
export async function startKv() {
  const entries = new Map()
  let puts = 0
  const server = http.createServer((request, response) => {
    const key = decodeURIComponent(request.url.slice(1).split('?')[0])
    let body = ''
    request.setEncoding('utf8').on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      if (request.method === 'PUT') {
        puts += 1
        entries.set(key, body)
      }
      if (request.method === 'DELETE') entries.delete(key)
      const value = request.method === 'GET' ? entries.get(key) : ''
      response.writeHead(value === undefined ? 404 : 200)
      response.end(value)
    })
  })
  server.keepAliveTimeout = 60_000
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${server.address().port}`,
    get: (key) => entries.get(key),
    puts: () => puts,
    expected: [],
    stop: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
