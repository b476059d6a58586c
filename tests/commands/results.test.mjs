// `pintle results`: what it counts, and that it judges the counts as SciPy does.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { root } from '../../scripts/project.mjs'
import { installed } from './installed.mjs'

const SCIPY = path.join(root, 'tests/commands/scipy_results')

let at

before(async () => {
  at = await installed()
})
after(() => at?.dispose())

async function results(files, args = []) {
  const cwd = await at.project({})
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(cwd, name), content)
  const { code, stdout, stderr } = await at.pintle(['results', ...Object.keys(files), ...args, '--json'], { cwd })
  return { code, stderr, ...(stdout.startsWith('{') && JSON.parse(stdout)) }
}

const exposed = (id, variation, more = {}) => ({
  type: 'track',
  event: 'Experiment Viewed',
  anonymousId: id,
  timestamp: '2026-11-01T00:00:00.000Z',
  properties: { experimentId: 'cta', variationId: variation },
  ...more,
})
const ordered = (id, more = {}) => ({
  type: 'track',
  event: 'Order Completed',
  anonymousId: id,
  timestamp: '2026-11-02T00:00:00.000Z',
  properties: { total: 1 },
  ...more,
})
const jsonl = (rows) => rows.map((row) => JSON.stringify(row)).join('\n')

const counts = ({ variations }) =>
  Object.fromEntries(variations.map(({ variation, visitors, conversions }) => [variation, [visitors, conversions]]))

test('a visitor counts once, for the variation they saw, and converts only at or after that', async () => {
  const rows = [
    ordered('early', { timestamp: '2026-10-31T00:00:00Z' }),
    ordered('late'),
    exposed('late', '1'),
    exposed('late', '1', { timestamp: '2026-11-03T00:00:00Z' }),
    exposed('early', '1'),
    exposed('same', '0'),
    ordered('same', { timestamp: '2026-11-01T00:00:00.000Z' }),
    ordered('same'),
    exposed('mixed', '0'),
    exposed('mixed', '1'),
    ordered('stranger'),
    exposed('numbered', 0),
  ]
  const told = await results({ 'events.jsonl.gz': gzipSync(jsonl(rows)) })
  assert.equal(told.code, 0, told.stderr)
  assert.equal(told.experiment, 'cta')
  assert.deepEqual(counts(told), { 0: [2, 1], 1: [2, 1] })
  assert.equal(told.excluded, 1)
})

test('tables of a warehouse are read as they are exported, whatever the letters of their columns', async () => {
  const files = {
    'experiment_viewed.csv':
      'ID,ANONYMOUS_ID,EVENT,EXPERIMENT_ID,VARIATION_ID,TIMESTAMP\n1,007,experiment_viewed,cta,0,2026-11-01 00:00:00\n2,7,experiment_viewed,cta,1,2026-11-01 00:00:00.5 UTC\n3,,experiment_viewed,cta,1,2026-11-01\n',
    'order_completed.csv':
      'anonymous_id,event,event_text,timestamp\n007,order_completed,Order Completed,2026-11-01 00:00:00\n7,order_completed,Order Completed,2026-11-01 00:00:00+00:00\n',
  }
  const told = await results(files)
  assert.deepEqual(counts(told), { 0: [1, 1], 1: [1, 0] })
  assert.deepEqual(told.rows, { read: 5, rejected: 1 })
  assert.match(told.stderr, /experiment_viewed\.csv:4: has nobody in anonymous_id/)
})

test('of several experiments and events those that are asked for count', async () => {
  const rows = [
    exposed('a', '0'),
    exposed('b', '1'),
    exposed('a', '1', { properties: { experimentId: 'other', variationId: '1' } }),
    ordered('a', { event: 'Page Left' }),
    ordered('b'),
  ]
  const files = { 'events.jsonl': jsonl(rows) }
  const which = await results(files)
  assert.equal(which.code, 2)
  assert.match(which.stderr, /several experiments: name one with --experiment, of cta and other/)
  const told = await results(files, ['--experiment', 'cta', '--goal', 'Order Completed'])
  assert.deepEqual(counts(told), { 0: [1, 0], 1: [1, 1] })
  const none = await results(files, ['--experiment', 'cat'])
  assert.equal(none.code, 1)
  assert.match(none.stderr, /nobody was exposed to cat; the files have cta and other/)
})

test('an order that carries its visitor’s variation is an order, and no exposure', async () => {
  const seen = { properties: { experimentId: 'cta', variationId: '1', total: 1 } }
  const files = {
    'events.jsonl': jsonl([exposed('a', '0'), exposed('b', '1'), ordered('b', seen), ordered('c', seen)]),
  }
  for (const args of [[], ['--goal', 'Order Completed']])
    assert.deepEqual(counts(await results(files, args)), { 0: [1, 0], 1: [1, 1] })
})

test('a column of ids that is taken for variations, and shares without a sum, are refused', async () => {
  const rows = Array.from({ length: 150_000 }, (_, n) => `${n},cta,v${n},2026-11-01`)
  const file = ['anonymous_id,experiment_id,variation_id,timestamp', ...rows].join('\n')
  const told = await results({ 'viewed.csv': file })
  assert.equal(told.code, 1)
  assert.match(told.stderr, /the files have 150000 variations: variation_id must name the variation that was seen/)
  const infinite = await results({ 'events.jsonl': jsonl([exposed('a', '0')]) }, ['--weights', 'Infinity,1'])
  assert.equal(infinite.code, 2)
})

/** Exposures and conversions with these counts. */
function drawn(all) {
  const rows = all.flatMap(({ visitors, conversions }, variation) =>
    Array.from({ length: visitors }, (_, n) => {
      const id = `${variation}-${n}`
      return n < conversions ? [exposed(id, variation), ordered(id)] : [exposed(id, variation)]
    }),
  )
  return { 'events.jsonl': jsonl(rows.flat()) }
}

/** Numbers, and numbers that should be the same. */
function near(is, should) {
  const all = [should].flat()
  for (const [at, one] of [is].flat().entries())
    assert.ok(Math.abs(one - all[at]) <= 1e-8 + 1e-6 * Math.abs(all[at]), `${is} is not ${should}`)
}

test('intervals, lifts, p and the split are as SciPy has them', async (t) => {
  for (const { counts, weights, says } of JSON.parse(await readFile(`${SCIPY}.json`, 'utf8')))
    await t.test(JSON.stringify(counts), async () => {
      const { code, variations, split } = await results(drawn(counts), ['--weights', weights.join(',')])
      variations.forEach(({ interval, lift, p }, at) => {
        near(interval, says.intervals[at])
        if (at === 0) return
        const against = says.against[at - 1]
        near(p, against.p)
        near(lift.is, against.lift)
        near(lift.interval, against.lift_interval)
      })
      near(split.p, says.split)
      assert.equal(code, split.isDoubted ? 1 : 0)
    })
})

test('what SciPy says is what it says today', async (t) => {
  const { status, stdout } = spawnSync('python3', [`${SCIPY}.py`], { encoding: 'utf8' })
  if (status !== 0) return t.skip('there is no Python with SciPy')
  const [now, then] = [JSON.parse(stdout), JSON.parse(await readFile(`${SCIPY}.json`, 'utf8'))]
  for (const [at, { says }] of now.entries()) near(says.split, then[at].says.split)
})

test('a split that is not as it should be is doubted, aloud', async () => {
  const cwd = await at.project(
    drawn([
      { visitors: 1200, conversions: 10 },
      { visitors: 1000, conversions: 10 },
    ]),
  )
  const { code, stdout } = await at.pintle(['results', 'events.jsonl'], { cwd })
  assert.equal(code, 1)
  assert.match(stdout, /THE SPLIT IS NOT AS IT SHOULD BE \(p = 2\.0e-5\)/)
})

test('nothing that converts is told without a lift, and without exposures nothing is told', async () => {
  const none = await results(
    drawn([
      { visitors: 10, conversions: 0 },
      { visitors: 12, conversions: 0 },
    ]),
  )
  assert.deepEqual(
    none.variations.map(({ lift, p }) => [lift, p]),
    [
      [undefined, undefined],
      [undefined, 1],
    ],
  )
  const nobody = await results({ 'events.jsonl': jsonl([ordered('a')]) })
  assert.equal(nobody.code, 1)
  assert.match(nobody.stderr, /nobody was exposed/)
})
