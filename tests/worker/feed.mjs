// The built Worker with its feed, as the tests of it start it, and what RudderStack's SDK sends to it.

import { randomUUID } from 'node:crypto'

import { startSite } from './site.mjs'

export const WRITE_KEY = 'write-key-of-the-tests'
export const WEBHOOK_SECRET = 'secret-of-the-webhook'

/** Starts a Worker that takes events of this key, and whose class of people is its entry's own. */
export const startFeed = ({ bindings, ...more }) =>
  startSite({
    bindings: { PROFILE_SOURCES: 'people', WRITE_KEYS: WRITE_KEY, LOOKUP_BUDGET_MS: '10000', ...bindings },
    durableObjects: { PEOPLE: { className: 'Person', useSQLite: true } },
    ...more,
  })

/** As the SDK says whose the events are. */
export const basic = (key = WRITE_KEY) => `Basic ${btoa(`${key}:`)}`

/** An event of its own, of now. */
export const event = (more) => ({
  messageId: randomUUID(),
  originalTimestamp: new Date().toISOString(),
  ...more,
})
