// `GET /_pintle/decision` of the built Worker.

import { after } from 'node:test'

import { testEndpoint } from '../endpoint.mjs'
import { startOrigin } from './activation_api.mjs'
import { startSite } from './site.mjs'

const origin = await startOrigin()
after(() => origin.dispose())

testEndpoint('the Worker', {
  start: (bindings) => startSite({ bindings: { ...bindings, ORIGIN_URL: origin.url }, assets: false }),
  address: 'cf-connecting-ip',
})
