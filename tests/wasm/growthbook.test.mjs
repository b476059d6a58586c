// Differential: conditions mean what GrowthBook's own SDK takes them to mean.
//
// It draws conditions that can be met, not damaged ones: what we refuse in settings has tests of its own. Where the SDK and
// the specification that we follow (0.8.0), or a choice that we document, differ, `comparable` says so and why.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { evalCondition, GrowthBook } from '@growthbook/growthbook'

import { generator, SEED } from '../random.mjs'
import { instantiate } from './core.mjs'

const core = await instantiate()
// The SDK says there which operators it does not know; what it makes of them is compared.
console.error = () => {}
const ROUNDS = 6000
const ROUNDS_AN_OPERATOR = 1000
console.log(`differential: ${ROUNDS} conditions and ${ROUNDS_AN_OPERATOR} an operator, SEED=${SEED}`)

const random = generator(SEED)
const pick = (list) => list[random(list.length)]
const several = (least, most, draw) => Array.from({ length: least + random(most - least + 1) }, draw)
const isOneIn = (chances) => random(chances) === 0

const NUMBERS = [0, 1, 2, -1, 1.5, 10, 1000, 1e21, -0.1, 2 ** 53]
const NUMERIC = ['0', '1', '1.0', '10', ' 2 ', '0x10', '1e3', '1.5', '-1', '+1', '1_0', '1e21', 'Infinity']
const WORDS = ['', 'a', 'A', 'abc', 'ABC', 'b/c', 'a-b', 'é', 'É', 'Straße', 'null', 'true', '1,2', '[object Object]']
/** Of which one is before the other in UTF-16 and after it by its bytes. */
const FAR = ['\u{1f680}', '\uffee']
const VERSIONS = [
  '1',
  '1.2',
  '1.2.3',
  'v1.2.3',
  '1.10.0',
  '1.2.3-rc.1',
  '1.2.3-rc.10',
  '1.2.3+b.1',
  '2.0.0-beta',
  'v',
  '01.2.3',
]

const text = () => pick(pick([NUMERIC, WORDS, WORDS, VERSIONS, FAR]))
const scalar = () => pick([() => null, () => isOneIn(2), () => pick(NUMBERS), text, text])()

/** Any JSON, its members in the order of their names: the SDK compares their order too. */
function json(depth = 0) {
  if (depth > 1 || !isOneIn(3)) return scalar()
  if (isOneIn(2)) return several(0, 3, () => json(depth + 1))
  return Object.fromEntries(['x', 'y'].filter(() => isOneIn(2)).map((name) => [name, json(depth + 1)]))
}

function pattern() {
  const atoms = ['a', 'b', 'c', '1', 'é', 'STR', '.', '/', '-', '\\.', '\\d', '\\w', '\\s', '\\S', '\\/', '\\b']
  const classes = ['[a-c]', '[^a]', '[\\w-]', '[A-Z]', '[0-9.]', '(a|b)', '(?:1|2)', '(?<n>c)', '()']
  const quantifiers = ['', '', '', '*', '+', '?', '{1,2}', '{2}', '{2,}', '*?']
  const middle = several(1, 3, () => pick([...atoms, ...classes]) + pick(quantifiers)).join('')
  return pick(['', '^']) + middle + pick(['', '$', '|x'])
}

/** How to draw what each operator compares to. */
const OPERANDS = {
  $eq: scalar,
  $ne: scalar,
  $lt: () => pick([() => pick(NUMBERS), text])(),
  $lte: () => pick([() => pick(NUMBERS), text])(),
  $gt: () => pick([() => pick(NUMBERS), text])(),
  $gte: () => pick([() => pick(NUMBERS), text])(),
  $veq: () => pick(VERSIONS),
  $vne: () => pick(VERSIONS),
  $vlt: () => pick(VERSIONS),
  $vlte: () => pick(VERSIONS),
  $vgt: () => pick(VERSIONS),
  $vgte: () => pick(VERSIONS),
  $exists: () => pick([true, false, 0, 1, null, '']),
  $in: () => several(0, 12, scalar),
  $nin: () => several(0, 12, scalar),
  $ini: () => several(0, 12, scalar),
  $nini: () => several(0, 12, scalar),
  $inGroup: () => pick(['ids', 'words', 'empty', 'unknown']),
  $notInGroup: () => pick(['ids', 'words', 'empty', 'unknown']),
  $regex: pattern,
  $regexi: pattern,
  $type: () => pick(['null', 'boolean', 'number', 'string', 'array', 'object']),
  $size: (depth) => pick([() => random(4), () => expectation(depth + 1), () => ({ $gt: random(3) })])(),
  $all: (depth) => several(0, 2, () => expectation(depth + 1)),
  $alli: (depth) => several(0, 2, () => expectation(depth + 1)),
  $not: (depth) => expectation(depth + 1),
  $elemMatch: (depth) => pick([() => operators(depth + 1), () => condition(depth + 1, ELEMENT_PATHS)])(),
}

const PATHS = [
  'a',
  'b',
  'n',
  'version',
  'list',
  'deep',
  'deep.x',
  'deep.y.x',
  'list.0',
  'list.1.x',
  'list.length',
  'a.x',
  'gone',
  'gone.x',
  '$a',
  '',
]
const ELEMENT_PATHS = ['x', 'y', 'x.y', '0', 'length']

/** Where an operator that is seldom met elsewhere finds what it is for. */
const ATTRIBUTES_FOR = {
  $veq: ['version'],
  $vne: ['version'],
  $size: ['list'],
  $all: ['list'],
  $alli: ['list'],
  $elemMatch: ['list', 'b'],
}

function operators(depth) {
  const names = Object.keys(OPERANDS).filter(() => isOneIn(13))
  if (names.length === 0) names.push(pick(Object.keys(OPERANDS)))
  return Object.fromEntries(names.map((name) => [name, OPERANDS[name](depth)]))
}

/** What one attribute must be. */
function expectation(depth) {
  return depth < 4 && !isOneIn(4) ? operators(depth) : json()
}

function condition(depth = 0, paths = PATHS) {
  const clauses = several(depth === 0 ? 1 : 0, 2, () => {
    const deeper = () => condition(depth + 1, paths)
    if (depth < 4 && isOneIn(3)) {
      const combined = pick(['$and', '$or', '$nor', '$not'])
      return [combined, combined === '$not' ? deeper() : several(0, 3, deeper)]
    }
    return [pick(paths), expectation(depth)]
  })
  return Object.fromEntries(clauses)
}

const list = () => several(0, 4, () => pick([scalar, scalar, json])())

function attributes() {
  const all = {
    a: scalar(),
    b: pick([json, list])(),
    n: pick([...NUMBERS, ...NUMERIC]),
    version: pick([() => pick(VERSIONS), () => pick(NUMBERS)])(),
    list: list(),
    deep: pick([() => ({ x: json(), y: { x: scalar() } }), json])(),
    $a: scalar(),
    '': scalar(),
  }
  return Object.fromEntries(Object.entries(all).filter(() => !isOneIn(5)))
}

const groups = () => ({ ids: several(0, 8, scalar), words: several(1, 20, text), empty: [] })

/**
 * The attributes without what the two are known, and meant, to take differently:
 * - `$elemMatch` passes over elements that are falsy, as the cases of the specification's version 0.8.0 were written; the SDK
 *   has come to pass over null alone (growthbook/growthbook#6323).
 * Never drawn: what the SDK does not know (`$notRegex`, `$notRegexi`) or we do not (`$savedGroup`, groups that are objects), patterns
 * that need more than linear time (look-around, references back), and members in any order, which the SDK tells apart.
 */
function comparable(condition, attributes) {
  const written = JSON.stringify(condition)
  const isFalsy = (value) => value === 0 || value === '' || value === false
  return JSON.parse(JSON.stringify(attributes), (_, value) => {
    if (Array.isArray(value) && written.includes('"$elemMatch"')) return value.filter((element) => !isFalsy(element))
    return value
  })
}

/** What both make of it, which must be the same. */
function bothMeet(condition, drawn, groups) {
  const attributes = comparable(condition, drawn)
  const ours = core.meetsCondition(JSON.stringify(condition), JSON.stringify(attributes), JSON.stringify(groups))
  const theirs = evalCondition(attributes, condition, groups)
  const told = () => JSON.stringify({ condition, attributes, groups }, null, 1)
  assert.equal(ours, theirs, `SEED=${SEED}: we say ${ours}, the SDK says ${theirs}, of ${told()}`)
  return ours
}

for (const [operator, operand] of Object.entries(OPERANDS)) {
  const paths = ATTRIBUTES_FOR[operator] ?? PATHS
  test(`${operator} holds exactly where it holds in GrowthBook's SDK`, () => {
    const met = several(ROUNDS_AN_OPERATOR, ROUNDS_AN_OPERATOR, () =>
      bothMeet({ [pick(paths)]: { [operator]: operand(3) } }, attributes(), groups()),
    )
    assert.deepEqual([...new Set(met)].sort(), [false, true], `SEED=${SEED}: it was never met, or always`)
  })
}

test('plain values are equal exactly where they are equal in GrowthBook’s SDK', () => {
  for (let round = 0; round < ROUNDS; round++) bothMeet({ [pick(PATHS)]: json() }, attributes(), groups())
})

test(`${ROUNDS} nested conditions are met exactly where GrowthBook's SDK has them met`, () => {
  let met = 0
  for (let round = 0; round < ROUNDS; round++) met += bothMeet(condition(), attributes(), groups())
  console.log(`differential: ${met} of ${ROUNDS} conditions were met`)
  assert.ok(met > ROUNDS / 10 && met < (ROUNDS * 9) / 10, `SEED=${SEED}: what was drawn says too little`)
})

test('a rule forces its value exactly where the SDK’s own feature has it forced', () => {
  for (let round = 0; round < ROUNDS / 10; round++) {
    const [one, savedGroups] = [condition(), groups()]
    const visitor = comparable(one, attributes())
    const features = { hero: { defaultValue: false, rules: [{ condition: one, force: true }] } }
    const { value } = new GrowthBook({ attributes: visitor, features, savedGroups }).evalFeature('hero')
    assert.equal(bothMeet(one, visitor, savedGroups), value, `SEED=${SEED}`)
  }
})
