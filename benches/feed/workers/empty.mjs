// What everything is compared with: a Worker that reads a request's body, and writes one key of KV.

let written = 0

export default {
  async fetch(request, env) {
    const body = await request.text()
    written += 1
    await env.PROFILES.put(`user:anonymous_id:${written % 1_000}`, body.slice(0, 300))
    return new Response('ok')
  },
}
