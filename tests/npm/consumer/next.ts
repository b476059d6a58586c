// What somebody writes in an app of Next.js: the three lines, the options, and decisions on the server.

import type { NextMiddleware } from 'next/server.js'
import { createMiddleware, type Middleware, middleware, proxy } from 'pintle/next'
import { createDecisionRoute, GET } from 'pintle/next/decision'
import { decision, decisions } from 'pintle/next/server'

export default middleware
export const config = { matcher: ['/((?!_next/static|_next/image|favicon.ico).*)'] }
export const asNextKnowsThem: NextMiddleware[] = [middleware, proxy, createMiddleware()]
export const own: Middleware = createMiddleware({
  environment: process.env,
  profile: async (id, { signal }) => (signal.aborted ? null : { USER_APP_SIGN_UP: id.length }),
})
export const route: (request: Request) => Promise<Response> = createDecisionRoute({ personalization: '{}' })
export { GET }

export async function page(): Promise<string> {
  const isSignedUp: boolean = await decision('signed_up', false)
  const plan: string = await decision('plan', 'free', { ticketKeys: process.env.TICKET_KEYS ?? '' })
  const all: Record<string, unknown> = await decisions()
  // @ts-expect-error A decision that a page can show has a fallback.
  await decision('signed_up')
  return `${isSignedUp} ${plan} ${Object.keys(all)}`
}
