import { anonymousUserIdKey, getDecryptedValue } from '@rudderstack/analytics-js-cookies'
import { type NextRequest, NextResponse } from 'next/server'

export default async function proxy(request: NextRequest) {
  const response = NextResponse.next()
  const cookie = request.cookies.get(anonymousUserIdKey)
  const anonymousId = cookie && getDecryptedValue(cookie.value)
  if (!anonymousId) return response
  const answer = await fetch(`${process.env.ACTIVATION_API_URL}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${process.env.ACTIVATION_TOKEN}` },
    body: JSON.stringify({
      entity: 'user',
      destinationId: process.env.ACTIVATION_DESTINATION_ID,
      id: { type: 'anonymous_id', value: anonymousId },
    }),
  })
  const { data } = await answer.json()
  const signedUp = data['WEB_PERSONALIZATION:FEATURES_BY_ANON'].USER_APP_SIGN_UP === 1
  const expires = new Date(Date.now() + 86_400_000)
  response.cookies.set('rs_activation_signed_up', String(signedUp), { expires, secure: true, path: '/' })
  return response
}

export const config = { matcher: ['/((?!_next/static|_next/image|favicon.ico).*)'] }
