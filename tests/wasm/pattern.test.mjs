// Differential: a `$regex` finds what JavaScript's own `RegExp` finds, and refuses what that refuses.
//
// What cannot be had in linear time, or is never meant as `RegExp` takes it, is refused besides; nothing else is.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { generator, SEED } from '../random.mjs'
import { instantiate } from './core.mjs'

const core = await instantiate()
const ROUNDS = 20_000
const TEXTS_A_PATTERN = 6
console.log(`patterns: ${ROUNDS} of each kind, SEED=${SEED}`)

const random = generator(SEED)
const pick = (list) => list[random(list.length)]
const several = (least, most, draw) => Array.from({ length: least + random(most - least + 1) }, draw)

/** What we refuse and `RegExp` does not: look-around, references back, and what means something else under the flag `u`. */
const NOT_SUPPORTED = /\(\?<?[=!]|\\[1-9kpP]|\\u\{/

const LETTERS = [...'aAbBkKsSzZ09_- \n\r\t.,/\\]{}^', 'é', 'É', 'ß', 'σ', 'ς', 'Σ', 'ſ', 'ж', 'Ж', 'ÿ', 'Ÿ']
const ODD = [
  '\u{1f680}',
  '\u{10400}',
  '\u{10428}',
  '\u212a',
  '\u2028',
  '\ufeff',
  '\u00a0',
  '\u0085',
  'ǆ',
  'ǅ',
  'Ǆ',
  '\0',
  '\b',
  '\u0001',
  '\ufb01',
]
const SETS = ['\\d', '\\D', '\\w', '\\W', '\\s', '\\S']
const ESCAPES = [
  '\\t',
  '\\n',
  '\\r',
  '\\f',
  '\\v',
  '\\0',
  '\\012',
  '\\08',
  '\\cA',
  '\\ca',
  '\\c',
  '\\c1',
  '\\x41',
  '\\x4',
  '\\xe9',
  '\\u00e9',
]
const MORE_ESCAPES = [
  '\\u006',
  '\\ud83d',
  '\\ude80',
  '\\u03c3',
  '\\/',
  '\\-',
  '\\.',
  '\\a',
  '\\é',
  '\\_',
  '\\]',
  '\\[',
  '\\\\',
  '\\e',
  '\\u212A',
]
const character = () => pick(pick([LETTERS, LETTERS, ODD])).replace(/[\\^$.*+?()[\]{}|]/, '\\$&')
const escaped = () => pick(pick([SETS, ESCAPES, MORE_ESCAPES]))

function set() {
  const member = () =>
    pick([
      () => pick(LETTERS).replace(/[\\\]]/, '\\$&'),
      escaped,
      () => pick(ODD),
      () => pick(['\\b', '\\B', '\\7', '\\377', '\\400', '\\8', '^', '-', '[', '&&', '--']),
    ])()
  const between = () => `${member()}-${member()}`
  const usual = () => pick(['a-z', 'A-Z', '0-9', 'à-ÿ', 'α-ω', 'Ѐ-ӿ', '\\u0100-\\uffff', '\\0-\\x7f', 'X-c'])
  return `[${pick(['', '', '^'])}${several(0, 4, () => pick([member, member, usual, between])()).join('')}]`
}

function atom(depth) {
  const group = () => `${pick(['(', '(?:', '(?:', `(?<n${random(1e6)}>`])}${alternatives(depth + 1)})`
  return pick([
    character,
    character,
    escaped,
    set,
    () => '.',
    depth < 3 ? group : character,
    () => pick(['{', '}', ']', '{,2}', '{a}']),
  ])()
}

const QUANTIFIERS = ['', '', '', '', '*', '+', '?', '*?', '+?', '??', '{0}', '{2}', '{1,}', '{0,2}', '{1,3}?', '{2,1}']
const part = (depth) =>
  pick([() => atom(depth) + pick(QUANTIFIERS), () => atom(depth), () => pick(['^', '$', '\\b', '\\B', ''])])()
const sequence = (depth) => several(0, 4, () => part(depth)).join('')
const alternatives = (depth = 0) => several(1, 3, () => sequence(depth)).join('|')

const SOUP = [...'[]\\(){}?*+^$|.,abc019&~<=!:dswbSuxkp-', 'é', '\u{1f680}', '(?:', '(?<n>', '{2}', '[^', '\\', '\\']
const soup = () => several(0, 12, () => pick(SOUP)).join('')

/** A text that may have to do with the pattern: some of its own characters are in it. */
function text(source) {
  const own = [...source.replaceAll(/\\u[0-9a-fA-F]{4}/g, (it) => JSON.parse(`"${it}"`)).toWellFormed()]
  return several(0, 9, () => pick(pick([own.length > 0 ? own : LETTERS, LETTERS, LETTERS, ODD]))).join('')
}

const CASES = [
  ['', '$regex', '$notRegex'],
  ['i', '$regexi', '$notRegexi'],
]

function meets(operator, source, found) {
  return core.meetsCondition(JSON.stringify({ x: { [operator]: source } }), JSON.stringify({ x: found }), '{}')
}

/** The pattern as JavaScript has it; nothing if it refuses it. */
function compiled(source, flags) {
  try {
    return new RegExp(source, flags)
  } catch {
    return undefined
  }
}

/** Compares what both make of a pattern and tells how often it was found, refused by both, and refused by us. */
function compare(draw, counts) {
  const source = draw()
  const [flags, found, notFound] = pick(CASES)
  const theirs = compiled(source, flags)
  const told = (about) => `SEED=${SEED}: /${JSON.stringify(source)}/${flags} ${about}`
  if (meets(found, source, '') === meets(notFound, source, '')) {
    assert.ok(theirs === undefined || NOT_SUPPORTED.test(source), told('is refused'))
    return theirs === undefined ? counts.refused++ : counts.unsupported++
  }
  assert.ok(theirs, told('is not refused'))
  for (const one of several(TEXTS_A_PATTERN, TEXTS_A_PATTERN, () => text(source))) {
    const expected = theirs.test(one)
    assert.equal(meets(found, source, one), expected, told(`in ${JSON.stringify(one)}`))
    counts[expected]++
  }
}

for (const [kind, draw] of Object.entries({ alternatives, soup })) {
  test(`${ROUNDS} patterns of ${kind} are found, and refused, exactly where RegExp finds and refuses them`, () => {
    const counts = { true: 0, false: 0, refused: 0, unsupported: 0 }
    for (let round = 0; round < ROUNDS; round++) compare(draw, counts)
    console.log(`patterns of ${kind}: ${JSON.stringify(counts)}`)
    const least = ROUNDS / 100
    assert.ok(
      counts.true > least && counts.false > least && counts.refused > least,
      `SEED=${SEED}: what was drawn says too little`,
    )
  })
}
