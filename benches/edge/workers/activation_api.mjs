// RudderStack's Activation API, which knows everybody. `DELAY_MS` makes it slow. `GET` tells how often it was asked.

const features = { USER_APP_SIGN_UP: 1, PRODUCT_TIER_APP: 'free', VALID_AT: '2024-01-01T00:00:00Z' }
let asked = 0

export default {
  async fetch(request, { DELAY_MS }) {
    if (request.method === 'GET') return new Response(String(asked))
    asked += 1
    const { entity, id } = await request.json()
    if (DELAY_MS) await scheduler.wait(Number(DELAY_MS))
    return Response.json({ entity, id, data: { 'WEB_PERSONALIZATION:FEATURES_BY_ANON': features } })
  },
}
