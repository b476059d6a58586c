// What somebody writes in a Worker of their own, with the types that they have for its bindings.

import worker from 'pintle/worker'
import withFeed from 'pintle/worker/feed'

interface Bindings {
  PROFILES: { get(key: string, type: 'json' | 'text'): Promise<unknown> }
  ASSETS: unknown
  TICKET_KEYS: string
}

export default {
  async fetch(
    request: Request,
    env: Bindings,
    context: { waitUntil(task: Promise<unknown>): void; passThroughOnException(): void },
  ): Promise<Response> {
    if (request.method === 'POST') return withFeed.fetch(request, env, context)
    const response = await worker.fetch(request, env, context)
    return response.status === 404 ? new Response('nothing here', { status: 404 }) : response
  },
}
