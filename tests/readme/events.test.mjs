// docs/events.md: the Worker with the objects, the variables and the features that the page shows takes the event that it shows.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { parse } from 'smol-toml'

import { Browser, eventually, visitor } from '../worker/browser.mjs'
import { startServer, startSite } from '../worker/site.mjs'
import { snippet } from './snippets.mjs'
import { type } from './terminal.mjs'

const { durable_objects, migrations, vars } = parse(snippet('events/wrangler.toml'))
let site

before(async () => {
  const [{ name, class_name }] = durable_objects.bindings
  assert.deepEqual(migrations[0].new_sqlite_classes, [class_name])
  site = await startSite({
    bindings: { ...vars, PERSONALIZATION: snippet('events/personalization.json'), WRITE_KEYS: 'key' },
    durableObjects: { [name]: { className: class_name, useSQLite: true } },
  })
})
after(() => site?.dispose())

test('the event that is shown is taken, and the next page and KV know of it', async () => {
  const curl = snippet('events/identify').replace('https://www.example.com/', site.url.href)
  assert.equal(await type(curl, '.', { WRITE_KEY: 'key' }), 'ok')
  const { set } = await new Browser(site, visitor('3f1c6a52')).view()
  assert.equal(set.rs_activation_signed_up.value, 'true')
  await eventually('KV has it', async () => (await site.profiles.get('user:anonymous_id:3f1c6a52')) !== null)
  const data = JSON.parse(await site.profiles.get('user:anonymous_id:3f1c6a52'))
  assert.deepEqual(data['WEB_PERSONALIZATION:FEATURES_BY_ANON'], {
    ORDERS_THIS_WEEK: 0,
    USER_APP_SIGN_UP: 1,
    recent_five_purchases: { purchase_1: null, purchase_2: null, purchase_3: null, purchase_4: null, purchase_5: null },
  })
})

test('with the variable that is shown the event goes on to the data plane', async (t) => {
  const [name, url] = Object.entries(parse(snippet('events/handing_on.toml')).vars)[0]
  const dataPlane = await startServer((_, response) => response.end('OK'))
  t.after(dataPlane.dispose)
  const handing = await startSite({
    bindings: {
      ...vars,
      PERSONALIZATION: snippet('events/personalization.json'),
      WRITE_KEYS: 'key',
      [name]: url.replace(new URL(url).origin, dataPlane.url),
    },
    durableObjects: { PEOPLE: { className: 'Person', useSQLite: true } },
  })
  t.after(handing.dispose)
  const curl = snippet('events/identify').replace('https://www.example.com/', handing.url.href)
  assert.equal(await type(curl, '.', { WRITE_KEY: 'key' }), 'ok')
  const [{ method, url: path, headers }] = dataPlane.requests
  assert.deepEqual([method, path, headers.authorization], ['POST', '/v1/identify', `Basic ${btoa('key:')}`])
})
