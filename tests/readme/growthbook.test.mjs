// docs/growthbook.md: a Worker runs with what is shown, and refuses as it is shown.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { parse } from 'smol-toml'

import { root } from '../../scripts/project.mjs'
import { payload, webhook } from '../worker/growthbook_api.mjs'
import { startSite } from '../worker/site.mjs'
import { commands, snippet } from './snippets.mjs'

test('with the settings that are shown GrowthBook’s webhook is taken, and a payload is refused as it is shown', async (t) => {
  const { vars, triggers } = parse(snippet('growthbook/wrangler.toml'))
  assert.deepEqual([...triggers.crons], ['*/5 * * * *'])
  const secrets = commands(snippet('growthbook')).map((line) => line.match(/^npx wrangler secret put (\S+)/)[1])
  const known = await readFile(path.join(root, 'wrangler.toml'), 'utf8')
  for (const name of [...secrets, ...Object.keys(vars)]) assert.ok(known.includes(name), name)
  const personalization = await readFile(path.join(root, 'npm/personalization.json'), 'utf8')
  const site = await startSite({
    bindings: { ...vars, [secrets[0]]: 'wk_secret', PERSONALIZATION: personalization },
  })
  t.after(site.dispose)
  const sent = (body) => fetch(new URL('/_pintle/growthbook', site.url), webhook(body, { secret: 'wk_secret' }))
  const refused = await sent(payload('other', true))
  assert.equal(refused.status, 422)
  assert.deepEqual(await refused.json(), JSON.parse(snippet('growthbook/refused')))
  assert.equal((await sent(payload('signed_up', true))).status, 200)
  assert.equal((await fetch(new URL('/_pintle/growthbook', site.url), { method: 'POST', body: '{}' })).status, 401)
})
