// Walking through a visit before anybody comes. The runtime compiles the module's functions when they are first called:
// better at the program's start than at the expense of its first visitor.

import type { Core } from './core.js'
import type { Ask, Plan, Reply } from './wire.js'

/**
 * Walks through the visit of nobody in particular, and of the same with the cookies that came of it. `core` is one for
 * this alone, so that nothing it learns counts.
 */
export function warmUp(core: Core): void {
  const cookies = ['rl_anonymous_id=RS_ENC_v3_Im5vYm9keSI%3D']
  const written = visited(core, cookies)?.headers.filter(([, name]) => name === 'set-cookie') ?? []
  visited(core, [...cookies, ...written.map(([, , cookie]) => cookie.replace(/;.*/, ''))])
}

function visited(core: Core, cookies: string[]): Plan | undefined {
  const headers = new Headers({ accept: 'text/html', 'user-agent': 'Mozilla/5.0', cookie: cookies.join('; ') })
  const visit = core.identify({ method: 'GET', url: 'http://localhost/', headers })
  for (let step = visit?.next(); step; ) step = step.ask ? visit?.replied(replyOf(step.ask)) : visit?.ranOut()
  const plan = visit?.respond()
  visit?.end()
  return plan
}

/** Of somebody whom nobody knows. */
function replyOf({ transport }: Ask): Reply {
  return transport === 'http' ? { status: 200, body: '{"data":{}}' } : { value: undefined }
}
