// docs/identity.md: the Worker with the section that the page shows knows who logs in, as it shows, and forgets them.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { Browser, eventually, visitor } from '../worker/browser.mjs'
import { startSite } from '../worker/site.mjs'
import { snippet } from './snippets.mjs'
import { type } from './terminal.mjs'

let site

before(async () => {
  site = await startSite({
    bindings: {
      PERSONALIZATION: snippet('identity/personalization.json'),
      PROFILE_SOURCES: 'people',
      LOOKUP_BUDGET_MS: '10000',
      WRITE_KEYS: 'key, of-a-server=server',
      ACTIVATION_TOKEN: 'token',
    },
    durableObjects: { PEOPLE: { className: 'Person', useSQLite: true } },
  })
})
after(() => site?.dispose())

const here = (command) => command.replace('https://www.example.com/', site.url.href)
const plan = async () => (await new Browser(site, visitor('3f1c6a52')).view()).set.plan.value

test('only the server’s login binds, and a deletion takes all of it away', async () => {
  assert.equal(await type(here(snippet('identity/login')), '.', { SERVER_KEY: 'key' }), 'ok')
  assert.equal(await plan(), 'none')
  assert.equal(await type(here(snippet('identity/login')), '.', { SERVER_KEY: 'of-a-server' }), 'ok')
  assert.equal(await plan(), 'pro')
  const keys = ['anonymous_id:3f1c6a52', 'user_id:u1', 'email:jane@example.com']
  await eventually('KV has all of them', async () =>
    (await Promise.all(keys.map((key) => site.profiles.get(`user:${key}`)))).every((value) => value !== null),
  )
  assert.equal(
    await type(here(snippet('identity/forget')), '.', { ACTIVATION_TOKEN: 'token' }),
    snippet('identity/forgotten').trim(),
  )
  assert.equal(await plan(), 'none')
})
