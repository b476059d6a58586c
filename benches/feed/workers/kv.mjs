// A KV namespace, as the binding speaks to it, that keeps nothing. `GET /` tells how often it was written.

let puts = 0

export default {
  async fetch(request) {
    if (request.url.endsWith('/')) return new Response(String(puts))
    if (request.method === 'PUT') {
      puts += 1
      await request.arrayBuffer()
    }
    return new Response(null, { status: request.method === 'GET' ? 404 : 200 })
  },
}
