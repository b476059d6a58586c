// `pintle features import`: what becomes of each part of a Profiles project, and what is told of what is not translated.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { installed } from './installed.mjs'
import { INPUTS, profiles } from './profiles_project.mjs'

const PROJECT = `entities:
  - name: user
    id_column_name: user_rud_id
    id_types: [user_id, anonymous_id, email]
    feature_views:
      using_ids: [{ id: email, name: by_email }]
  - { name: account, id_types: [domain] }
id_types:
  - name: user_id
    maximum_edges: [{ email: 2 }, { anonymous_id: 5 }]
    filters: [{ type: exclude, value: 0 }]
  - name: anonymous_id
    extends: user_id
    filters:
      - { type: exclude, value: "NaN" }
  - name: email
    maximum_edges: [{ user_id: 1 }]
    filters:
      - { type: include, regex: ".+@.+" }
      - { type: exclude, value: unknown }
  - { name: domain }
`

let at

before(async () => {
  at = await installed()
})
after(() => at?.dispose())

/** Imports these files; resolves to what `--json` tells, and the exit code. */
async function imported(files, args = []) {
  const cwd = await at.project(files)
  const { code, stdout, stderr } = await at.pintle(['features', 'import', ...Object.keys(files), '--json', ...args], {
    cwd,
  })
  assert.equal(stderr, '')
  return { code, ...JSON.parse(stdout) }
}

/** Imports one `entity_var` with these members. */
async function one(members, args) {
  const text = profiles([{ name: 'x', from: 'inputs/rsTracks', default_value: null, ...members }])
  const { profile, refused, ...rest } = await imported({ 'profiles.yaml': text, 'inputs.yaml': INPUTS }, args)
  return { x: profile?.x, refused, text, ...rest }
}

test('the ids of the visitor are written whole, and what has no counterpart is told with its place', async () => {
  const { code, identity, notes, refused, ...rest } = await imported({ 'pb_project.yaml': PROJECT })
  assert.equal(code, 0)
  assert.deepEqual(refused, [])
  assert.deepEqual(rest, { translated: 0 })
  const zero = { type: 'exclude', value: '0' }
  assert.deepEqual(identity, {
    ids: {
      user_id: { filters: [zero] },
      anonymous_id: { maximum: 5, filters: [zero, { type: 'exclude', value: 'NaN' }] },
      email: {
        maximum: 2,
        filters: [
          { type: 'include', regex: '.+@.+' },
          { type: 'exclude', value: 'unknown' },
        ],
      },
    },
  })
  assert.deepEqual(notes, [
    'pb_project.yaml:3:21: entities[0].id_column_name has no counterpart: a person has no id of its own, and is found by each of theirs',
    'pb_project.yaml:6:7: entities[0].feature_views has no counterpart: every id finds all features, under the `view` of personalization.json',
    'pb_project.yaml:17:32: id_types[2].maximum_edges[0].user_id always holds: two users are never one person',
  ])
})

test('of the ids what cannot be kept is refused with its place', async () => {
  const text = `id_types:
  - name: email
    extends: mail
    maximum_edges: [{ phone: 1 }, { user_id: 0 }]
    filters:
      - { type: only, value: a }
      - { type: include }
      - { type: include, regex: "(?i)a" }
  - { name: a, extends: b }
  - { name: b, extends: a }
`
  const { refused } = await imported({ 'ids.yaml': text })
  assert.deepEqual(
    refused.map(({ place, at, what }) => `${place} ${at} ${what}`),
    [
      'ids.yaml:4:30 id_types[0].maximum_edges[0].phone only the ids of one `user_id` can be bounded',
      'ids.yaml:4:46 id_types[0].maximum_edges[1].user_id must be a number from 1',
      'ids.yaml:3:14 id_types[0].extends no id type is called `mail`',
      'ids.yaml:6:17 id_types[0].filters[0].type must be `include` or `exclude`',
      'ids.yaml:7:9 id_types[0].filters[1] must have either `value` or `regex`',
      'ids.yaml:8:33 id_types[0].filters[2].regex is no regular expression of ECMAScript',
      'ids.yaml:9:25 id_types[1].extends extends itself',
      'ids.yaml:10:25 id_types[2].extends extends itself',
    ],
  )
})

const ORDER = { event: 'Order Completed' }
const DESC = { order_by: ['timestamp desc'] }
const ASC = { order_by: ['timestamp asc'] }
const ORDERS = { from: 'inputs/rsOrders' }
const IDENTIFIES = { from: 'inputs/rsIdentifies' }

for (const [members, expected] of [
  [{ select: 'count(*)' }, { count: { type: 'track' } }],
  [{ select: 'COUNT(*)', ...ORDERS, default_value: 0 }, { count: ORDER }],
  [{ select: 'count(*)', where: "event = 'order_completed'" }, { count: ORDER }],
  [{ select: 'count(*)', where: "event_text = 'order done'" }, { count: { event: 'order done' } }],
  [{ select: 'count(*)', from: 'inputs/rsPages' }, { count: { type: 'page' } }],
  [{ select: 'count(*)', ...IDENTIFIES }, { count: { type: 'identify' } }],
  [{ select: 'count(distinct properties_sku)', ...ORDERS }, { countDistinct: { ...ORDER, value: 'properties.sku' } }],
  [{ select: 'sum(total)', ...ORDERS, default_value: '0' }, { sum: { ...ORDER, value: 'properties.total' } }],
  [{ select: 'min(total)', ...ORDERS }, { min: { ...ORDER, value: 'properties.total' } }],
  [{ select: 'max(total)', ...ORDERS }, { max: { ...ORDER, value: 'properties.total' } }],
  [{ select: 'avg(total)', ...ORDERS, default_value: 'null' }, { mean: { ...ORDER, value: 'properties.total' } }],
  [{ select: 'max(timestamp)', ...ORDERS }, { last: { ...ORDER, value: 'timestamp' } }],
  [{ select: 'min(timestamp)', ...ORDERS }, { first: { ...ORDER, value: 'timestamp' } }],
  [
    { select: 'first_value(sku)', ...ORDERS, where: 'sku is not null', window: DESC },
    { last: { ...ORDER, value: 'properties.sku' } },
  ],
  [
    { select: 'first_value(sku)', ...ORDERS, where: "sku != ''", window: ASC },
    { first: { ...ORDER, value: 'properties.sku', where: { 'properties.sku': { $ne: '', $exists: true } } } },
  ],
  [
    { select: 'last_value(sku)', ...ORDERS, where: 'sku is not null', window: { order_by: ['timestamp'] } },
    { last: { ...ORDER, value: 'properties.sku' } },
  ],
  [
    { select: 'max_by(sku, timestamp)', ...ORDERS, where: 'sku is not null' },
    { last: { ...ORDER, value: 'properties.sku' } },
  ],
  [
    { select: 'min_by(sku, timestamp)', ...ORDERS, where: 'sku is not null' },
    { first: { ...ORDER, value: 'properties.sku' } },
  ],
  [
    { select: 'first_value(plan)', ...IDENTIFIES, where: 'plan is not null', window: DESC },
    { last: { trait: 'plan' } },
  ],
  [{ select: 'count(distinct traits_plan)', ...IDENTIFIES }, { countDistinct: { trait: 'plan' } }],
  [
    { select: 'count(*)', ...IDENTIFIES, where: "plan = 'pro'" },
    {
      count: {
        type: 'identify',
        where: {
          $or: [{ 'traits.plan': 'pro' }, { 'traits.plan': { $exists: false }, 'context.traits.plan': 'pro' }],
        },
      },
    },
  ],
  [
    { select: 'max_by(context_page_url, timestamp)', from: 'inputs/rsPages', where: 'context_page_url is not null' },
    { last: { type: 'page', value: 'context.page.url' } },
  ],
]) {
  const told = [members.select, members.where && `where ${members.where}`, members.window?.order_by].filter(Boolean)
  test(`${told.join(' ')} of ${members.from ?? 'inputs/rsTracks'} is ${JSON.stringify(expected)}`, async () => {
    const { x, code, refused } = await one(members)
    assert.deepEqual(refused, [])
    assert.equal(code, 0)
    assert.deepEqual(x, expected)
  })
}

const N = 'properties.n'
for (const [where, expected] of [
  ['n = 1', { where: { [N]: 1 } }],
  ['n = true', { where: { [N]: true } }],
  ['n != -1.5', { where: { [N]: { $ne: -1.5, $exists: true } } }],
  ["n <> 'it''s'", { where: { [N]: { $ne: "it's", $exists: true } } }],
  ['n < 1', { where: { [N]: { $lt: 1, $exists: true } } }],
  ['1 < n', { where: { [N]: { $gt: 1, $exists: true } } }],
  ['n >= 1 and n <= 5', { where: { [N]: { $gte: 1, $lte: 5, $exists: true } } }],
  [
    'n > 1 and (n > 2 and m = 1)',
    { where: { $and: [{ [N]: { $gt: 1, $exists: true }, 'properties.m': 1 }, { [N]: { $gt: 2, $exists: true } }] } },
  ],
  ['constructor = 1', { where: { 'properties.constructor': 1 } }],
  ['n in (1)', { where: { [N]: { $in: [1] } } }],
  ["n not in ('a', 'b')", { where: { [N]: { $nin: ['a', 'b'], $exists: true } } }],
  ['n is null', { where: { [N]: { $exists: false } } }],
  ['n is not null and timestamp is not null', { where: { [N]: { $exists: true } } }],
  ["event in ('a_b', 'c')", { where: { event: { $in: ['A B', 'C'] } } }],
  ["event != 'a'", { where: { event: { $ne: 'A', $exists: true } } }],
  ["context_page_path = '/'", { where: { 'context.page.path': '/' } }],
  ["timestamp > {{end_time}} - INTERVAL '7 day'", { window: '7d' }],
  ["timestamp >= '{{end_time}}'::timestamp - interval '12 hours'", { window: '12h' }],
  ["{{ end_time_sql }} - interval '2 weeks' < timestamp and timestamp <= {{end_time}}", { window: '14d' }],
  ['timestamp > dateadd(day, -30, {{end_time_sql}})', { window: '30d' }],
]) {
  test(`where ${where} is ${JSON.stringify(expected)}`, async () => {
    const { x, refused } = await one({ select: 'count(*)', where, default_value: 0 })
    assert.deepEqual(refused, [])
    assert.deepEqual(x, { count: { type: 'track', ...expected } })
  })
}

for (const [member, members, what] of [
  [
    'select',
    { select: "case when count(*) > 3 then 'a' end" },
    "`case when count(*) > 3 then 'a' end`: `case when` is not translated",
  ],
  ['select', { select: '{{user.Var("y")}} / 2', from: undefined }, '`{{user.Var("y")}}` is computed by Profiles'],
  [
    'select',
    { select: 'array_agg(distinct sku)' },
    '`array_agg(distinct sku)`: `distinct` is translated in `count` only',
  ],
  ['select', { select: 'listagg(sku)' }, '`listagg(sku)`: the function `listagg` is not translated'],
  ['select', { select: 'sum(total * 2)' }, '`total * 2`: `*` is not translated, only a column'],
  [
    'select',
    { select: 'count(sku)' },
    '`count(sku)`: only `count(*)` and `count(distinct …)` are translated: put `is not null` into `where`',
  ],
  ['select', { select: 'max(timestamp::date)' }, '`timestamp::date`: a cast is not translated, only a column'],
  ['select', { select: 'sum(timestamp)' }, '`sum(timestamp)`: a timestamp is no number'],
  ['select', { select: 'max(received_at)' }, "of an event's times only `timestamp` is kept, not `received_at`"],
  ['select', { select: 'max_by(sku, total)' }, '`max_by(sku, total)`: is translated only by `timestamp`'],
  ['select', { select: 'count(*' }, 'is SQL that is not read here, at its end'],
  ['select', { select: '' }, 'has no SQL'],
  [
    'select',
    { select: 'max_by(sku, timestamp)' },
    'is null where the last event has no `sku`, and here it is that of the last event that has one: with `where: sku is not null` both say the same',
  ],
  [
    'select',
    { select: 'sum(age)', ...IDENTIFIES },
    '`age` is a trait: how often it was sent is not kept, so neither is its sum',
  ],
  [
    'select',
    { select: 'max(age)', where: 'age > 5', ...IDENTIFIES },
    '`age` is a trait, and is kept without the event that it came with: only `is not null` is translated in its `where`',
  ],
  ['window', { select: 'max(total)', window: DESC }, 'is not translated for `max`'],
  ['window.order_by', { select: 'first_value(sku)', window: {} }, 'is missing: the first of no order'],
  [
    'window.order_by',
    { select: 'first_value(sku)', window: { order_by: ['total'] } },
    'is translated only by `timestamp asc` or `timestamp desc`',
  ],
  ['where', { where: 'a = 1 or b = 2' }, '`a = 1 or b = 2`: `or` is not translated in a condition'],
  ['where', { where: 'a = 1 and not b = 2' }, '`not b = 2`: `not` is not translated in a condition'],
  ['where', { where: "a like 'b%'" }, "`a like 'b%'`: `like` is not translated in a condition"],
  ['where', { where: 'a between 1 and 2' }, '`a between 1 and 2`: `between` is not translated in a condition'],
  ['where', { where: "lower(a) = 'b'" }, "`lower(a) = 'b'`: the function `lower` is not translated in a condition"],
  ['where', { where: 'a = b' }, '`a = b`: the column `b` is no constant'],
  ['where', { where: '"a.b" = 1' }, '`"a.b" = 1`: `a.b` is no column that RudderStack makes'],
  ['where', { where: 'a = null' }, '`a = null`: what is compared with null is never true'],
  ['where', { where: 'a = 1 and > 2' }, 'is SQL that is not read here, at `>`'],
  [
    'where',
    { where: "timestamp > '2026-01-01'" },
    "`timestamp > '2026-01-01'`: a time is translated only as `timestamp > {{end_time}} - INTERVAL 'N day'`, in seconds to weeks",
  ],
  [
    'where',
    { where: "timestamp > {{end_time}} - INTERVAL '1 month'" },
    "`timestamp > {{end_time}} - INTERVAL '1 month'`: a time is translated only as `timestamp > {{end_time}} - INTERVAL 'N day'`, in seconds to weeks",
  ],
  ['where', { where: "event > 'a'" }, "`event > 'a'`: `>` of an event's name is not translated"],
  ['where', { where: "event = 'a'", ...ORDERS }, "`event = 'a'`: all rows of `order_completed` are one event's"],
  ['where', { where: "event = 'a'", ...IDENTIFIES }, "`event = 'a'`: `identifies` has no column `event`"],
  ['default_value', { default_value: 1 }, '`1` cannot be the default: where there is nothing, `count` is 0'],
  [
    'default_value',
    { select: 'max(n)', default_value: "'none'" },
    "`'none'` cannot be the default: where there is nothing, `max` is null",
  ],
  ['from', { from: 'models/orders' }, '`models/orders` is no input but a model, which only the warehouse has'],
  ['from', { from: 'inputs/other' }, 'no input is called `other`'],
  ['from', { from: 'inputs/crm' }, 'the input `crm` is no table but `view`'],
  ['from', { from: 'inputs/received' }, 'the input `received` goes by `received_at`, and events by their `timestamp`'],
  ['from', { from: undefined }, 'is missing: without it, it is computed from other features'],
]) {
  test(`refused, with its place: ${what}`, async () => {
    const { code, x, refused, text } = await one({ select: 'count(*)', ...members })
    assert.equal(x, undefined)
    assert.equal(code, 1)
    assert.deepEqual(
      refused.map(({ at, what }) => [at, what]),
      [[`var_groups[0].vars[0].entity_var.${member}`, what]],
    )
    // The place is where the value stands in the file, or the innermost that is there.
    const [, line, column] = /^profiles\.yaml:(\d+):(\d+)$/.exec(refused[0].place)
    const stands = text.split('\n')[line - 1].slice(column - 1)
    const value = member.split('.').reduce((value, name) => value?.[name], {
      select: 'count(*)',
      from: 'inputs/rsTracks',
      default_value: null,
      ...members,
    })
    if (value !== undefined) assert.equal(stands, JSON.stringify(value) + '}'.repeat(member.split('.').length - 1))
  })
}

test('what is no feature, of another entity or no entity_var is not written', async () => {
  const text = `${profiles([{ name: 'x', select: 'count(*)', from: 'inputs/rsTracks', is_feature: false }])}      - input_var: { name: y }
  - name: accounts
    entity_key: account
    vars: [{ entity_var: { name: z, select: count(*), from: inputs/rsTracks } }]
`
  const { code, profile, refused, notes } = await imported({ 'profiles.yaml': text })
  assert.equal(code, 1)
  assert.equal(profile, undefined)
  assert.deepEqual(notes, [
    'profiles.yaml:6:11: var_groups[0].vars[0].entity_var: `x` is no feature, and is not written',
  ])
  assert.deepEqual(refused, [
    {
      place: 'profiles.yaml:10:20',
      at: 'var_groups[0].vars[1].input_var',
      what: 'only `entity_var` is translated, not `input_var`',
    },
    {
      place: 'profiles.yaml:13:26',
      at: 'var_groups[1].vars[0].entity_var',
      what: 'is of the entity `account`, and a visitor is `user`',
    },
  ])
})

test('what is assumed is said, and the name of an event can be told', async () => {
  const { x, notes } = await one({ select: 'sum(net_total)', ...ORDERS })
  assert.deepEqual(x, { sum: { ...ORDER, value: 'properties.net_total' } })
  assert.deepEqual(notes, [
    'x: where there is nothing it is 0, and null in Profiles',
    'the column `net_total` is taken for `properties.net_total`',
    'the event of `order_completed` is taken to be sent as "Order Completed"; --event order_completed=… tells another name',
  ])
  const told = await one({ select: 'count(*)', ...ORDERS, default_value: 0 }, [
    '--event',
    'order_completed=orderCompleted',
  ])
  assert.deepEqual(told.x, { count: { event: 'orderCompleted' } })
  assert.deepEqual(told.notes, [])
  const text = profiles([{ name: 'x', select: 'count(*)', from: 'inputs/rsTracks', default_value: 0 }])
  const alone = await imported({ 'profiles.yaml': text })
  assert.deepEqual(alone.profile, { x: { count: { type: 'track' } } })
  assert.deepEqual(alone.notes, ['`inputs/rsTracks` is taken for the table `tracks`: no inputs.yaml was given'])
})

test('the sections stand on standard output or in a file, and all that is told on standard error', async () => {
  const text = profiles([
    { name: 'orders', select: 'count(*)', from: 'inputs/rsTracks', default_value: 0 },
    { name: 'size', select: 'mode(size)', from: 'inputs/rsTracks' },
  ])
  const cwd = await at.project({ 'profiles.yaml': text, 'inputs.yaml': INPUTS })
  const files = ['features', 'import', 'profiles.yaml', 'inputs.yaml']
  const printed = await at.pintle(files, { cwd })
  assert.equal(printed.code, 0)
  assert.deepEqual(JSON.parse(printed.stdout), { profile: { orders: { count: { type: 'track' } } } })
  assert.equal(
    printed.stderr,
    'profiles.yaml:12:19: var_groups[0].vars[1].entity_var.select: `mode(size)`: the function `mode` is not translated\n1 translated, 1 refused\n',
  )
  const written = await at.pintle([...files, '--out', 'profile.json'], { cwd })
  assert.equal(written.stdout, '')
  assert.equal(written.stderr, printed.stderr)
  assert.equal(await readFile(path.join(cwd, 'profile.json'), 'utf8'), printed.stdout)
})

test('what is no YAML, and files that cannot be read or written, end with 2', async () => {
  const cwd = await at.project({ 'profiles.yaml': 'var_groups:\n  - {a', 'right.yaml': 'id_types: [{name: email}]' })
  const run = (...args) => at.pintle(['features', 'import', ...args], { cwd })
  const broken = await run('profiles.yaml')
  assert.equal(broken.code, 2)
  assert.match(broken.stderr, /^pintle: profiles\.yaml:2:\d+: is no YAML: /)
  const absent = await run('nowhere.yaml')
  assert.equal(absent.code, 2)
  assert.match(absent.stderr, /^pintle: nowhere\.yaml cannot be read: there is no such file; /)
  const unwritten = await run('right.yaml', '--out', 'nowhere/profile.json')
  assert.equal(unwritten.code, 2)
  assert.match(unwritten.stderr, /nowhere\/profile\.json cannot be written: there is no such file; name another/)
  assert.equal((await run('right.yaml', '--event', 'order')).code, 2)
})
