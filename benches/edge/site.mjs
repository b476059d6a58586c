// The services that are measured: the site, its sources, and every Worker that stands before it.

import path from 'node:path'

export const BYTES = 10_240
const KEY = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'

const here = (file) => path.join(import.meta.dirname, 'workers', file)
const script = (file, more) => ({ modules: { 'worker.mjs': here(file) }, ...more })

const api = { ACTIVATION_TOKEN: 'token', ACTIVATION_DESTINATION_ID: 'destination' }

/** What every measurement stands on; the delays are in milliseconds. */
export function grounds({ pageMs = 0, apiMs = 0 } = {}) {
  const delay = (ms) => (ms ? { text: { DELAY_MS: String(ms) } } : {})
  return {
    origin: script('origin.mjs', delay(pageMs)),
    kv: script('kv.mjs'),
    api: script('activation_api.mjs', delay(apiMs)),
  }
}

export const passthrough = () => script('passthrough.mjs', { bind: { ASSETS: 'origin' } })

/** The guide's middleware, asking `api` or `kv`. RudderStack's package decodes with Node.js' `Buffer`. */
export const guide = (source) =>
  script('guide.mjs', {
    flags: ['nodejs_compat'],
    bind: { ASSETS: 'origin' },
    ...(source === 'kv' ? { kv: { PROFILES: 'kv' } } : { text: api, outbound: 'api' }),
  })

/** What a Worker with a feed is uploaded as. */
const MODULES = ['worker.mjs', 'pintle.wasm', 'feed.wasm']

/** The built Worker in `folder`, asking `api` or `kv`, with tickets. */
export const pintle = (folder, source) => ({
  modules: Object.fromEntries(MODULES.map((name) => [name, path.join(folder, name)])),
  bind: { ASSETS: 'origin' },
  text: {
    TICKET_KEYS: KEY,
    ...(source === 'kv' ? { PROFILE_SOURCES: 'kv' } : { PROFILE_SOURCES: 'activation-api', ...api }),
  },
  ...(source === 'kv' ? { kv: { PROFILES: 'kv' } } : { outbound: 'api' }),
})
