// docs/recommendations.md: the orders that are shown become the table that is shown, and it recommends through the built Worker what
// the page then writes.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import vm from 'node:vm'

import { installed } from '../commands/installed.mjs'
import { Browser, newId, visitor } from '../worker/browser.mjs'
import { KEY, startSite } from '../worker/site.mjs'
import { commands, snippet } from './snippets.mjs'

const PERSONALIZATION = snippet('recommendations/personalization.json')

let at, cwd

before(async () => {
  at = await installed()
  cwd = await at.project({
    'orders.csv': snippet('recommendations/orders.csv'),
    'personalization.json': PERSONALIZATION,
  })
})
after(() => at?.dispose())

const type = (command) => at.pintle(command.replace('npx pintle ', '').split(' '), { cwd })

test('the orders become the table that is shown, the table goes into KV, and the page writes what its visitor is recommended', async (t) => {
  const [train, load] = commands(snippet('recommendations/train'))
  const trained = await type(train)
  assert.equal(trained.code, 0, trained.stderr)
  const table = await readFile(path.join(cwd, 'also_bought.jsonl'), 'utf8')
  assert.equal(`${table.split('\n')[0]}\n`, snippet('recommendations/line'))
  const loaded = await type(load.replace('--local', '--out pairs.json'))
  assert.equal(loaded.code, 0, loaded.stderr)
  assert.equal((await type('check personalization.json')).code, 0)

  const site = await startSite({
    bindings: { PERSONALIZATION, PROFILE_SOURCES: 'people', WRITE_KEYS: 'key', TICKET_KEYS: KEY },
    durableObjects: { PEOPLE: { className: 'Person', useSQLite: true } },
  })
  t.after(site.dispose)
  for (const { key, value } of JSON.parse(await readFile(path.join(cwd, 'pairs.json'), 'utf8')))
    await site.profiles.put(key, value)
  const id = newId()
  const browser = new Browser(site, visitor(id))
  const order = {
    type: 'track',
    event: 'Order Completed',
    messageId: randomUUID(),
    anonymousId: id,
    properties: { products: [{ product_id: 'printer' }] },
  }
  const own = { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin', accept: '*/*' }
  const headers = { ...own, authorization: `Basic ${btoa('key:')}` }
  await browser.view('/v1/track', { method: 'POST', headers, body: order })
  const shown = []
  const page = {
    fetch: async (url) => ({ json: async () => JSON.parse((await browser.view(url, { headers: own })).body) }),
    document: {
      querySelector: () => ({ append: ({ textContent }) => shown.push(textContent) }),
      createElement: () => ({}),
    },
  }
  await vm.runInNewContext(`(async () => {${snippet('recommendations/page.js')}})()`, page)
  assert.deepEqual(shown, ['ink', 'paper'])
})
