// What somebody writes around `pintle/fetch`, and what TypeScript must tell them is wrong.

import { createHandler, type Handler, type Options, type Personalization, type ProfileFunction } from 'pintle/fetch'

const personalization: Personalization = {
  view: 'WEB_PERSONALIZATION:FEATURES_BY_ANON',
  features: { signed_up: { defaultValue: false, rules: [{ condition: { USER_APP_SIGN_UP: 1 }, force: true }] } },
  deliver: [{ feature: 'signed_up', cookie: { name: 'rs_activation_signed_up', maxAge: '1d' } }],
  consent: { cookie: 'consent', denied: ['no'] },
}
const profile: ProfileFunction = async (id, { signal }) => {
  const response = await fetch(`https://profiles.example/${id}`, { signal })
  return response.ok ? { USER_APP_SIGN_UP: await response.text() } : null
}
const options: Options = { personalization, profile, environment: { TICKET_KEYS: undefined, LOOKUP_BUDGET_MS: '80' } }
const handle: Handler = createHandler(options)

export const answered: Promise<Response> = handle(
  new Request('https://shop.example/'),
  async (request, visit) => new Response(`${request.url} ${JSON.stringify(await visit.decisions())}`),
  { waitUntil: (task: Promise<unknown>) => void task },
)
createHandler()
createHandler({ personalization: '{}', profile: () => undefined })

// @ts-expect-error An option that there is not.
createHandler({ personalisation: personalization })
// @ts-expect-error A profile is an object.
createHandler({ profile: () => 'signed up' })
// @ts-expect-error A cookie says how long it lives.
createHandler({ personalization: { features: {}, deliver: [{ feature: 'a', cookie: { name: 'a' } }] } })
// @ts-expect-error A page is a response.
handle(new Request('https://shop.example/'), () => 'page')
