// What `pintle features import` writes says what the SELECT said: SQLite runs the original over the tables that the
// warehouse would have, a naive evaluator the declaration over the events, and both find the same. SQLite is workerd's own
// (D1), so that it is there in every Node.js. Three things are said to it in its own words: the time of the run, `max_by`,
// and the window of `first_value`. `null` and 0 are one where Profiles has no default, as the command tells.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { evalCondition } from '@growthbook/growthbook'
import { Miniflare } from 'miniflare'

import { generator, SEED } from '../random.mjs'
import { installed } from './installed.mjs'
import { INPUTS, profiles, row, TABLES } from './profiles_project.mjs'

const NOW = Date.parse('2026-11-24T00:00:00.000Z')
const DAY = 86_400_000
const PEOPLE = 40
const SKUS = ['s1', 's2', 's3', '', undefined, null]
const PLANS = ['free', 'pro', 'team', undefined]

const DESC = { order_by: ['timestamp desc'] }
const ASC = { order_by: ['timestamp asc'] }
const FROM = ['inputs/rsTracks', 'inputs/rsOrders', 'inputs/rsIdentifies', 'inputs/rsPages']
const [tracks, orders, identifies, pages] = FROM.map((from) => ({ from, default_value: null }))
const WHERES = [
  undefined,
  'total = 10',
  'total != 10',
  'total > 10 and total <= 30',
  '20 >= total',
  'total in (10, 20) and sku is not null',
  "sku not in ('s1', 's2')",
  'sku is null and total <> 30',
  "sku < 's3'",
  "timestamp > {{end_time}} - INTERVAL '7 day'",
  "timestamp > {{end_time}} - INTERVAL '36 hours' and sku = 's1'",
  "context_page_path != '/a'",
]
const SELECTS = [
  'count(*)',
  'count(distinct sku)',
  'sum(total)',
  'min(total)',
  'max(total)',
  'avg(total)',
  'max(timestamp)',
]
const CASES = [
  ...[tracks, orders, pages].flatMap((of) =>
    WHERES.flatMap((where) => SELECTS.map((select) => ({ select, ...of, where }))),
  ),
  ...[
    "event = 'order_completed'",
    "event_text = 'Product Viewed' and total < 30",
    "event in ('product_viewed', 'other')",
    "event != 'order_completed'",
  ].map((where) => ({ select: 'count(*)', ...tracks, where })),
  ...WHERES.flatMap((where) => {
    const one = {
      ...orders,
      where: where ? `sku is not null and ${where.replace('sku is null and ', '')}` : 'sku is not null',
    }
    return [
      { select: 'first_value(sku)', window: ASC, ...one },
      { select: 'first_value(sku)', window: DESC, ...one },
      { select: 'last_value(sku)', window: ASC, ...one },
      { select: 'max_by(sku, timestamp)', ...one },
      { select: 'min_by(sku, timestamp)', ...one },
    ]
  }),
  ...["plan = 'pro'", "plan != 'pro'", 'plan is null', "plan in ('free', 'team')"].map((where) => ({
    select: 'count(*)',
    ...identifies,
    where,
  })),
  { select: 'first_value(plan)', window: DESC, ...identifies, where: 'plan is not null' },
  { select: 'first_value(plan)', window: ASC, ...identifies, where: 'plan is not null' },
  { select: 'max(plan_size)', ...identifies },
  { select: 'count(distinct plan)', ...identifies },
]

const draw = generator(SEED)
const one = (from) => from[draw(from.length)]

/** Events of a person, no two at one time. Absent and null are drawn as often as values. */
function events(person) {
  return Array.from({ length: draw(25) }, (_, index) => {
    const type = one(['track', 'track', 'page', 'identify'])
    const plan = one(PLANS)
    const traits = plan === undefined ? {} : { plan, plan_size: plan.length }
    const isOuter = draw(2) === 0
    return {
      type,
      ...(type === 'track' && { event: one(['Order Completed', 'Product Viewed', 'Other']) }),
      messageId: `${person}-${index}`,
      anonymousId: `a${person}`,
      timestamp: new Date(NOW - draw((14 * DAY) / 1000) * 1000 - index).toISOString(),
      ...(type === 'identify'
        ? isOuter && { traits }
        : { properties: { total: one([10, 20, 30, undefined, null]), sku: one(SKUS) } }),
      context: { page: { path: one(['/a', '/b']) }, ...(type === 'identify' && !isOuter && { traits }) },
    }
  })
}

const at = (value, path) => path.split('.').reduce((inner, name) => inner?.[name], value) ?? undefined
const numbers = (values) => values.filter((value) => typeof value === 'number')
const sum = (values) => values.reduce((total, value) => total + value, 0)
const extreme = (values, pick) => (values.length === 0 ? null : pick(...values))

/** The operators, over values from the oldest to the newest. */
const EVALUATE = {
  count: (values) => values.length,
  countDistinct: (values) => new Set(values).size,
  first: (values) => values[0] ?? null,
  last: (values) => values.at(-1) ?? null,
  sum: (values) => sum(numbers(values)),
  min: (values) => extreme(numbers(values), Math.min),
  max: (values) => extreme(numbers(values), Math.max),
  mean: (values) => (numbers(values).length === 0 ? null : sum(numbers(values)) / numbers(values).length),
}

/** A declaration's value, as the grammar tells, of a person's events by time. */
function evaluate(declaration, events) {
  const [[operator, { event, type, trait, value, where, window }]] = Object.entries(declaration)
  const days = window && Number(window.slice(0, -1)) / { h: 24, d: 1 }[window.at(-1)]
  const heard = events
    .filter(
      (one) =>
        (event === undefined || (one.type === 'track' && one.event === event)) && (type ?? one.type) === one.type,
    )
    .filter((one) => where === undefined || evalCondition(one, where))
    .filter(({ timestamp }) => window === undefined || NOW - days * DAY < Date.parse(timestamp))
  const of = (one) =>
    trait === undefined ? at(one, value) : (at(one, `traits.${trait}`) ?? at(one, `context.traits.${trait}`))
  const isOfEvents = value === undefined && trait === undefined
  return EVALUATE[operator](isOfEvents ? heard : heard.map(of).filter((found) => found !== undefined))
}

/** The original in SQLite's words. */
function select({ select, from, where, window }) {
  const table = from.replace('inputs/', '')
  const ago = (_, number, unit) =>
    `'${new Date(NOW - number * (unit.startsWith('hour') ? DAY / 24 : DAY)).toISOString()}'`
  const rows = `from ${table} where ${(where ?? 'true').replace(/\{\{end_time\}\} - INTERVAL '(\d+) (\w+)'/g, ago)}`
  if (window) return `select distinct anonymous_id, ${select} over (${over(window)}) as v ${rows}`
  const by = /^(max|min)_by\((\w+), timestamp\)$/.exec(select)
  return `select anonymous_id, ${by ? `${by[2]} as v, ${by[1]}(timestamp)` : `${select} as v`} ${rows} group by anonymous_id`
}

const over = ({ order_by: order }) =>
  `partition by anonymous_id order by ${order} rows between unbounded preceding and unbounded following`

let command, sqlite, database

before(async () => {
  command = await installed()
  sqlite = new Miniflare({
    modules: true,
    script: 'export default { fetch: () => new Response() }',
    compatibilityDate: '2026-01-01',
    d1Databases: ['WAREHOUSE'],
  })
  database = await sqlite.getD1Database('WAREHOUSE')
})
after(async () => {
  await sqlite?.dispose()
  await command?.dispose()
})

/** Makes the tables, with the rows of all these events. */
async function fill(all) {
  for (const [table, has] of Object.entries(TABLES)) {
    const rows = all.filter(has).map(row)
    const columns = [...new Set(['sku', 'total', 'plan', 'plan_size', ...rows.flatMap(Object.keys)])]
    await database.exec(`create table ${table} (${columns.join(', ')})`)
    const into = database.prepare(`insert into ${table} values (${columns.map(() => '?')})`)
    if (rows.length > 0) await database.batch(rows.map((one) => into.bind(...columns.map((name) => one[name] ?? null))))
  }
}

test(`${CASES.length} features say of ${PEOPLE} people what their SELECT says in SQLite (SEED=${SEED})`, async () => {
  const cases = CASES.map((members, index) => ({ name: `f${index}`, ...members }))
  const cwd = await command.project({ 'profiles.yaml': profiles(cases), 'inputs.yaml': INPUTS })
  const { code, stdout } = await command.pintle(['features', 'import', 'profiles.yaml', 'inputs.yaml', '--json'], {
    cwd,
  })
  const { profile, refused, translated } = JSON.parse(stdout)
  assert.deepEqual(refused, [])
  assert.equal(code, 0)
  assert.equal(translated, cases.length)
  const people = Array.from({ length: PEOPLE }, (_, person) => events(person))
  await fill(people.flat())
  const answers = await database.batch(cases.map((one) => database.prepare(select(one))))
  const found = new Set()
  for (const [index, one] of cases.entries()) {
    const said = new Map(answers[index].results.map(({ anonymous_id: id, v }) => [id, v]))
    for (const [person, unordered] of people.entries()) {
      const known = unordered.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1))
      const expected = said.get(`a${person}`) ?? null
      const value = evaluate(profile[one.name], known)
      const isNear = typeof value === 'number' && Math.abs(value - expected) < 1e-9
      const what = `${select(one)} is ${expected}, ${JSON.stringify(profile[one.name])} is ${value}: ${JSON.stringify(known)}`
      assert.ok(value === expected || isNear, what)
      found.add(`${index} ${value}`)
    }
  }
  assert.ok(found.size > 3 * cases.length, 'what is compared differs from person to person')
})
