// A KV namespace, as the binding speaks to it: `GET /{key}` is answered with the value. It knows everybody whose
// id does not begin with `unknown`, and no personalization is published in it. `GET /` tells how often it was asked about somebody.

const profile = JSON.stringify({
  'WEB_PERSONALIZATION:FEATURES_BY_ANON': {
    USER_APP_SIGN_UP: 1,
    PRODUCT_TIER_APP: 'free',
    VALID_AT: '2024-01-01T00:00:00Z',
  },
})
let asked = 0

export default {
  fetch(request) {
    const key = request.url.slice(request.url.indexOf('/', 8))
    if (key === '/') return new Response(String(asked))
    // What is published is looked for now and then, and is of nobody.
    if (key.startsWith('/pintle')) return new Response(null, { status: 404 })
    asked += 1
    return key.includes('unknown') ? new Response(null, { status: 404 }) : new Response(profile)
  },
}
