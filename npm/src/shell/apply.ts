// Applying a plan to a response, and an answer of the core's as one. What the plan means is not known here.

import type { Core } from '../core/core.js'
import type { Answer, Plan } from '../core/wire.js'

/** Writes a plan's headers. */
export function write({ headers: edits }: Plan, headers: Headers): void {
  for (const [what, name, value] of edits) headers[what](name, value)
}

/** The response as the plan wants it; one that gets nothing leaves as it came. Throws where it cannot be changed. */
export function applied(plan: Plan, response: Response, core: Core): Response {
  // A switched protocol and a network error cannot be copied, and carry no page.
  if (!plan.private || response.status < 200) return response
  const copy = copyOf(response)
  const { headers } = copy
  const cacheControl = core.cacheControl(headers.get('cache-control'), response.status)
  write(plan, headers)
  headers.set('cache-control', cacheControl)
  for (const name of core.contract.sharedCacheHeaders) headers.delete(name)
  return copy
}

/** A response whose headers can be changed. Its body streams on; every `Set-Cookie` stays one of its own. */
function copyOf(response: Response): Response {
  try {
    return new Response(response.body, response)
  } catch {
    // Some runtimes send reason phrases that they do not make.
    const { status, headers } = response
    return new Response(response.body, { status, headers })
  }
}

/** The plan's own answer in the place of the page, which nobody reads where it is `coming`; nothing where the page is the answer. */
export function instead(plan: Plan | undefined, coming?: Promise<Response>): Response | undefined {
  if (!plan?.answer) return undefined
  coming?.then(({ body }) => body?.cancel()).catch(() => {})
  const answer = answered(plan.answer)
  write(plan, answer.headers)
  return answer
}

/** An answer of the core's. */
export function answered({ status, headers, body }: Answer): Response {
  return new Response(body, { status, headers })
}
