// What somebody writes in a Worker of their own.

import worker from 'pintle/worker'

export default {
  async fetch(
    request: Request,
    env: { PROFILES: unknown },
    context: { waitUntil(task: Promise<unknown>): void; passThroughOnException(): void },
  ): Promise<Response> {
    const response = await worker.fetch(request, env, context)
    return response.status === 404 ? new Response('nothing here', { status: 404 }) : response
  },
}
