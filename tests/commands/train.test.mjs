// `pintle train`, and `pintle load --table`, as their users have them: what of orders becomes which table, what of a table is put
// where, and what is told of rows that are none.

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { installed } from './installed.mjs'

let at

before(async () => {
  at = await installed()
})
after(() => at?.dispose())

const lines = (text) => text.split('\n').filter(Boolean).map(JSON.parse)

/** Trains a table of a file of this name and content; resolves to it, by good, and to what was told. */
async function trained(name, content, args = []) {
  const cwd = await at.project({})
  await writeFile(path.join(cwd, name), content)
  const ended = await at.pintle(['train', name, '--to', 'table.jsonl', ...args], { cwd })
  const read = (file) => readFile(path.join(cwd, file), 'utf8').catch(() => '')
  const table = lines(await read('table.jsonl')).map(({ item, neighbours }) => [item, neighbours])
  return { ...ended, cwd, table: Object.fromEntries(table), rejected: lines(await read(`${name}.rejected.jsonl`)) }
}

/** Twenty people who bought a printer, and then ink. */
const bought = (line) => Array.from({ length: 20 }, (_, person) => line(`u${person}`))
const CSV = ['USER_ID,PRODUCT_ID,TIMESTAMP']
  .concat(bought((person) => `${person},007,2026-08-01T10:00:00Z\n${person},1e3,2026-08-02T10:00:00Z`))
  .join('\n')
const cosine = (0.3 * 20) / 25
const TABLE = {
  '007': [['1e3', Number((20 / 25 + cosine).toPrecision(4))]],
  '1e3': [['007', Number(cosine.toPrecision(4))]],
}

test('what was bought after what is learnt of CSV, in whatever order its rows are, and ids stay texts', async () => {
  const [header, ...rows] = CSV.split('\n')
  for (const [name, content] of [
    ['orders.csv', CSV],
    ['orders.csv.gz', gzipSync([header, ...rows.reverse()].join('\n'))],
  ]) {
    const { code, stdout, table } = await trained(name, content)
    assert.equal(code, 0)
    assert.deepEqual(table, TABLE)
    assert.equal(stdout, '40 purchases by 20 people read, a table of 2 goods written to table.jsonl\n')
  }
})

test('orders of several goods are read by a path, as JSON and as a text of JSON', async () => {
  const goods = [{ product_id: '007' }, { product_id: '1e3' }]
  const args = ['--person', 'anonymousId', '--at', 'at', '--item', 'products[*].product_id']
  for (const products of [goods, JSON.stringify(goods)]) {
    const rows = bought((anonymousId) => JSON.stringify({ anonymousId, at: 7, products }))
    assert.deepEqual((await trained('orders.jsonl', rows.join('\n'), args)).table, TABLE)
  }
})

test('a row without a person, goods or a time is told with its line, and kept', async () => {
  const rows = [
    '{"user_id":"u","product_id":"a","timestamp":1}',
    '{"user_id":null,"product_id":"a","timestamp":1}',
    '{"user_id":"u","timestamp":1}',
    '{"user_id":"u","product_id":"b","timestamp":"soon"}',
    'no row',
  ]
  const { code, stdout, stderr, rejected } = await trained('orders.jsonl', rows.join('\n'))
  assert.equal(code, 1)
  assert.equal(
    stdout,
    '1 purchase by one person read, a table of one good written to table.jsonl\n4 rows rejected: they are in orders.jsonl.rejected.jsonl\n',
  )
  assert.deepEqual(stderr.trim().split('\n'), [
    'orders.jsonl:2: has nobody in user_id; --person names another column',
    'orders.jsonl:3: has no goods in product_id; --item names another column or path',
    'orders.jsonl:4: has no time in timestamp; --at names another column',
    'orders.jsonl:5: is not JSON',
  ])
  assert.deepEqual(
    rejected.map(({ line }) => line),
    [2, 3, 4, 5],
  )
})

test('a file without purchases, and one that cannot be read or written, are refused with the mend', async () => {
  const none = await trained('orders.csv', 'A,B\n1,2\n')
  assert.equal(none.code, 1)
  assert.match(none.stderr, /orders.csv has no purchase that could be read: --help tells its columns/)
  const { cwd } = none
  const missing = await at.pintle(['train', 'nothing.csv', '--to', 't.jsonl'], { cwd })
  assert.deepEqual([missing.code, /nothing.csv cannot be read/.test(missing.stderr)], [2, true])
  await writeFile(path.join(cwd, 'orders.csv'), CSV)
  const unwritten = await at.pintle(['train', 'orders.csv', '--to', 'no/such/folder.jsonl'], { cwd })
  assert.deepEqual([unwritten.code, /cannot be written: there is no such file/.test(unwritten.stderr)], [2, true])
})

/** Loads a table into `out.json`; resolves to its pairs in their order. */
async function loaded(content, args = []) {
  const cwd = await at.project({})
  await writeFile(path.join(cwd, 'table.jsonl'), content)
  const ended = await at.pintle(['load', 'table.jsonl', '--table', 'also', '--out', 'out.json', ...args], { cwd })
  const pairs = JSON.parse(await readFile(path.join(cwd, 'out.json'), 'utf8').catch(() => '[]'))
  return { ...ended, pairs: pairs.map(({ key, value }) => [key, JSON.parse(value)]) }
}

test('of a table each good has a key of its own, and the last says that all are there', async () => {
  const many = Array.from({ length: 60 }, (_, at) => [`b${at}`, at])
  const rows = [
    { item: 'a', neighbours: many },
    { item: 7, neighbours: [['ä', 0.5]] },
  ]
  const { code, stdout, pairs } = await loaded(rows.map((row) => JSON.stringify(row)).join('\n'))
  assert.equal(code, 0)
  assert.deepEqual(pairs, [
    ['pintle:table:also:a', many.reverse().slice(0, 50)],
    ['pintle:table:also:7', [['ä', 0.5]]],
    ['pintle:table:also', { items: 2 }],
  ])
  assert.match(stdout, /^2 rows read, 2 rows of the table written to /)
})

test('what is no row of a table is told with its line', async () => {
  const rows = [
    '{"neighbours":[]}',
    '{"item":"a"}',
    '{"item":"a","neighbours":[["b",-1]]}',
    '{"item":"a","neighbours":["b"]}',
  ]
  const { code, stderr, pairs } = await loaded([...rows, '{"item":"a","neighbours":[]}'].join('\n'))
  assert.equal(code, 1)
  assert.deepEqual(stderr.trim().split('\n'), [
    'table.jsonl:1: has no `item`',
    'table.jsonl:2: has no `neighbours`, a list as in [["b", 0.5]]',
    'table.jsonl:3: has at neighbours[0] what is not an item and a number from 0, as in ["b", 0.5]',
    'table.jsonl:4: has at neighbours[0] what is not an item and a number from 0, as in ["b", 0.5]',
  ])
  assert.deepEqual(pairs, [
    ['pintle:table:also:a', []],
    ['pintle:table:also', { items: 1 }],
  ])
  const none = await loaded('{}')
  assert.deepEqual([none.code, none.pairs], [1, []])
})

test('a table has a name that makes keys, and is JSONL', async () => {
  const cwd = await at.project({ 't.jsonl': '{"item":"a","neighbours":[]}', 't.csv': 'item\na\n' })
  const named = await at.pintle(['load', 't.jsonl', '--table', 'a:b', '--dry-run'], { cwd })
  assert.deepEqual([named.code, /--table must be letters, digits/.test(named.stderr)], [2, true])
  const csv = await at.pintle(['load', 't.csv', '--table', 'a', '--dry-run'], { cwd })
  assert.deepEqual([csv.code, /t.csv is csv, and a table is JSONL/.test(csv.stderr)], [2, true])
})
