// What is published at `PERSONALIZATION_URL`, for an app whose Next.js keeps what its routes fetch: on disk, so beyond a restart.

import { after, before, test } from 'node:test'

import { startActivationApi } from '../worker/activation_api.mjs'
import { Browser, eventually, newId, visitor } from '../worker/browser.mjs'
import { KEY, startServer } from '../worker/site.mjs'
import { startApp } from './app.mjs'
import { variants } from './variants.mjs'

let api, server, value

before(async () => {
  api = await startActivationApi()
  server = await startServer((_, response) => {
    const features = { colour: { defaultValue: value } }
    const deliver = [{ feature: 'colour', cookie: { name: 'colour', maxAge: '1d' } }]
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ view: 'V', features, deliver }))
  })
})
after(() => Promise.all([api?.dispose(), server?.dispose()]))

for (const variant of variants) {
  test(`${variant.name}: what is published is asked of its server, and not of Next.js`, async () => {
    for (const next of ['red', 'blue']) {
      value = next
      const environment = {
        ...api.bindings,
        TICKET_KEYS: KEY,
        PERSONALIZATION_URL: `${server.url}/${variant.name}.json`,
      }
      const app = await startApp(variant, environment)
      try {
        const headers = { accept: '*/*', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' }
        // Nobody waits long for it: the first may be decided about by what was built in.
        await eventually(`${value} is decided`, async () => {
          const answer = await new Browser(app, visitor(newId())).view('/api/kept', { headers })
          return JSON.parse(answer.body).decisions.colour === value
        })
      } finally {
        await app.dispose()
      }
    }
  })
}
