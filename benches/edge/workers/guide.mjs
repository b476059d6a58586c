// The middleware of RudderStack's guide, as a Worker in JavaScript. It keeps that code's faults, since they are
// what it costs: the profile is awaited before the page is asked for, without a deadline or a look at the
// status, and looked up on every request. With the binding `PROFILES` it looks up in KV instead.

import { anonymousUserIdKey, getDecryptedValue } from '@rudderstack/analytics-js-cookies'

const VIEW = 'WEB_PERSONALIZATION:FEATURES_BY_ANON'

export default {
  async fetch(request, env) {
    const cookie = cookies(request).get(anonymousUserIdKey)
    const anonymousId = cookie && getDecryptedValue(cookie)
    if (!anonymousId) return env.ASSETS.fetch(request)
    const data = await profile(anonymousId, env)
    const signedUp = data[VIEW].USER_APP_SIGN_UP === 1
    const page = await env.ASSETS.fetch(request)
    const response = new Response(page.body, page)
    const expires = new Date(Date.now() + 86_400_000).toUTCString()
    response.headers.append('set-cookie', `rs_activation_signed_up=${signedUp}; Path=/; Expires=${expires}; Secure`)
    return response
  },
}

async function profile(anonymousId, env) {
  if (env.PROFILES) return env.PROFILES.get(`user:anonymous_id:${anonymousId}`, 'json')
  const answer = await fetch('https://profiles.rudderstack.com/v1/activation', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${env.ACTIVATION_TOKEN}` },
    body: JSON.stringify({
      entity: 'user',
      destinationId: env.ACTIVATION_DESTINATION_ID,
      id: { type: 'anonymous_id', value: anonymousId },
    }),
  })
  return (await answer.json()).data
}

/** The cookies as Next.js' `request.cookies` has them: by name, decoded. */
function cookies(request) {
  const pairs = (request.headers.get('cookie') ?? '').split(/; */).map((pair) => {
    const at = pair.indexOf('=')
    return [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))]
  })
  return new Map(pairs)
}
