import { createMiddleware } from 'pintle/next'

import personalization from './personalization.json'

export default createMiddleware({
  personalization,
  environment: { TICKET_KEYS: process.env.TICKET_KEYS, LOOKUP_BUDGET_MS: '300' },
  profile: async (id, { signal }) => {
    const answer = await fetch(`${process.env.PROFILES_URL}/${id}`, { signal, cache: 'no-store' })
    if (answer.status === 404) return null
    if (!answer.ok) throw new Error(`the profiles answer ${answer.status}`)
    return answer.json()
  },
})

export const config = { matcher: ['/((?!_next/static|_next/image|favicon.ico|_pintle).*)'] }
