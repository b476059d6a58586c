// docs/load.md: the export that is shown is read as it is told.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { installed } from '../commands/installed.mjs'
import { commands, snippet } from './snippets.mjs'

let at

before(async () => {
  at = await installed()
})
after(() => at?.dispose())

test('the export of a feature view is read as it is shown', async () => {
  const cwd = await at.project({ 'features_by_anon.csv': snippet('load/features_by_anon.csv') })
  const [line] = commands(snippet('load'))
  const { code, stdout, stderr } = await at.pintle(line.replace('npx pintle ', '').split(' '), { cwd })
  assert.equal(code, 1)
  assert.equal(stdout, snippet('load/told'))
  assert.equal(stderr, 'features_by_anon.csv:3: has a word for nobody in ANONYMOUS_ID, and no id\n')
})
