// `pintle check` beside a wrangler.toml and .dev.vars, and in a Next.js app: what it knows without being told.

import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { installed } from './installed.mjs'

const KEY = 'f'.repeat(64)
const KV = '[[kv_namespaces]]\nbinding = "PROFILES"\n'
const PEOPLE =
  '[[durable_objects.bindings]]\nname = "PEOPLE"\nclass_name = "Person"\n[[migrations]]\ntag = "people"\nnew_sqlite_classes = ["Person"]\n'
const indented = (lines) => lines.trim().replace(/^/gm, '  ')
const SUMMARY = 'it decides signed_up and writes rs_activation_signed_up'
const PERSONALIZATION = {
  view: 'A:B',
  features: { signed_up: { defaultValue: false, rules: [{ condition: { X: 1 }, force: true }] } },
  deliver: [{ feature: 'signed_up', cookie: { name: 'rs_activation_signed_up', maxAge: '1d' } }],
}

let at

before(async () => {
  at = await installed()
})
after(() => at?.dispose())

/** Runs `pintle check` in a folder of these files; what is said for people, and what with `--json`. */
async function check(files, args = [], options = {}) {
  const folder = await at.project({ 'personalization.json': PERSONALIZATION, ...files })
  return again(folder, args, options)
}

async function again(cwd, args = [], options = {}) {
  const { code, stdout, stderr } = await at.pintle(['check', ...args], { cwd, ...options })
  const json = await at.pintle(['check', '--json', ...args], { cwd, ...options })
  const { mistakes = [], ...rest } = JSON.parse(json.stdout)
  return { code, said: stdout + stderr, ...rest, mistakes: mistakes.map(({ at, what }) => `${at}: ${what}`) }
}

const toml = (vars, more = KV) =>
  `name = "site"\n[vars]\n${Object.entries(vars)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .join('')}${more}`
const dotenv = (vars) =>
  Object.entries(vars)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

test('check knows from the binding PROFILES that profiles are in KV, in every format of the configuration', async () => {
  const set = { vars: { PROFILE_SOURCES: 'kv' }, kv_namespaces: [{ binding: 'SESSIONS' }, { binding: 'PROFILES' }] }
  const jsonc = JSON.stringify(set, null, 2).replace('{', '{ // ours\n').replace(/\n\}$/, ',\n}')
  for (const [name, text] of [
    ['wrangler.toml', toml(set.vars, `[[kv_namespaces]]\nbinding = "SESSIONS"\n${KV}`)],
    ['wrangler.jsonc', jsonc],
    ['wrangler.json', JSON.stringify(set)],
  ]) {
    const bound = await check({ [name]: text, '.dev.vars': `TICKET_KEYS=${KEY}\n` })
    assert.equal(bound.code, 0, bound.said)
    assert.equal(bound.said, `personalization.json is right with ${name} and .dev.vars: ${SUMMARY}\n`)
    assert.deepEqual(bound.with, [name, '.dev.vars'])
    const unbound = await check({ [name]: text.replaceAll('PROFILES', 'PROFIL') })
    assert.equal(unbound.code, 1)
    assert.deepEqual(unbound.mistakes, ['PROFILES: the KV namespace is not bound, and PROFILE_SOURCES names `kv`'])
  }
})

test('check knows from the binding PEOPLE that profiles are in Durable Objects', async () => {
  const right = await check({ 'wrangler.toml': toml({ PROFILE_SOURCES: 'people' }, PEOPLE) })
  assert.equal(right.code, 0, right.said)
  const { mistakes } = await check({ 'wrangler.toml': toml({ PROFILE_SOURCES: 'people' }) })
  assert.deepEqual(mistakes, [
    `PEOPLE: the Durable Objects are not bound, and PROFILE_SOURCES names \`people\`; add to wrangler.toml:\n${indented(PEOPLE)}`,
  ])
})

const DECLARED = { ...PERSONALIZATION, profile: { ORDERS: { count: { event: 'Buy' } } } }
const FED = { PROFILE_SOURCES: 'people', WRITE_KEYS: 'key' }

test('check tells what is wrong with the feed and with the pages together, and each of it once', async () => {
  const profile = {
    A: { counts: { event: 'Buy' } },
    B: { count: { event: 'Buy', windw: '1d' } },
    C: { sum: { event: 'Buy', value: 'properties.total', where: { 'properties.kind': { $inn: [] } } } },
    D: 7,
  }
  const wrong = { ...DECLARED, colour: 1, profile }
  const vars = { ...FED, WRITE_KEYS: 'key=me', INGEST_PATH: 'collect', WEBHOOK_SECRET: 'two words', EXPLAIN: 'no' }
  const configuration = { 'wrangler.toml': toml(vars, PEOPLE) }
  const { code, mistakes } = await check({ ...configuration, 'personalization.json': wrong })
  assert.equal(code, 1)
  const ofFeed = [
    '$.profile.A.counts: is no operator; did you mean `count`?',
    '$.profile.B.count.windw: is not known here; did you mean `window`?',
    '$.profile.C.sum.where["properties.kind"].$inn: is not an operator: did you mean `$in`?',
    '$.profile.D: must be an object',
  ]
  assert.deepEqual(mistakes, [
    '$.colour: is not known here; known are $schema, consent, contextualBandits, deliver, experiments, features, identity, profile, recommendations, savedGroups, view',
    'EXPLAIN: must be `false` or `true`',
    ...ofFeed,
    'WRITE_KEYS[0]: must say `browser`, `server`, `warehouse`, `webhook` or `disabled` behind the `=`',
    'INGEST_PATH: must be a path such as `/collect`: a slash, then letters, digits, `-`, `.`, `_`, `~` and slashes',
    'WEBHOOK_SECRET: must be of ASCII without spaces, so that a header can carry it',
  ])
  // Without anything beside it, the file is checked all the same.
  assert.deepEqual((await check({ 'personalization.json': { ...DECLARED, profile } })).mistakes, ofFeed)
  const other = await check({ 'wrangler.toml': toml({ ...FED, PERSONALIZATION: JSON.stringify(wrong) }, PEOPLE) })
  for (const mistake of ofFeed) assert.ok(other.mistakes.includes(`PERSONALIZATION ${mistake}`), other.said)
})

test('check tells which lines bind the objects that events go to, in the format of the configuration', async () => {
  const files = { 'personalization.json': DECLARED }
  const without = await check({ ...files, 'wrangler.toml': toml({}), '.dev.vars': 'WRITE_KEYS=secret-key\n' })
  const told = (reason, lines) => `PEOPLE: the Durable Objects are not bound, and ${reason}; add to ${lines}`
  assert.deepEqual(without.mistakes, [told('WRITE_KEYS is set', `wrangler.toml:\n${indented(PEOPLE)}`)])
  assert.doesNotMatch(without.said, /secret-key/)
  const bound = await check({ ...files, 'wrangler.toml': `${toml(FED, PEOPLE)}` })
  assert.equal(bound.code, 0, bound.said)
  const json = await check({ ...files, 'wrangler.json': JSON.stringify({ vars: FED }) })
  const lines = [
    '"durable_objects": {"bindings":[{"name":"PEOPLE","class_name":"Person"}]},',
    '"migrations": [{"tag":"people","new_sqlite_classes":["Person"]}],',
  ]
  const reason = 'PROFILE_SOURCES names `people` and WRITE_KEYS is set'
  assert.deepEqual(json.mistakes, [told(reason, `wrangler.json:\n  ${lines.join('\n  ')}`)])
  const configuration = { vars: FED, ...JSON.parse(`{${lines.join('').slice(0, -1)}}`) }
  assert.equal((await check({ ...files, 'wrangler.json': JSON.stringify(configuration) })).code, 0)
  const staging = `[[migrations]]\ntag = "a"\nnew_sqlite_classes = ["Person"]\n[env.staging]\nkv_namespaces = [{ binding = "PROFILES" }]\n[env.staging.vars]\nWRITE_KEYS = "key"\n`
  const named = await check({ ...files, 'wrangler.toml': toml({}, staging) }, ['--environment', 'staging'])
  const inStaging = '  [[env.staging.durable_objects.bindings]]\n  name = "PEOPLE"\n  class_name = "Person"'
  assert.deepEqual(named.mistakes, [told('WRITE_KEYS is set', `wrangler.toml:\n${inStaging}`)])
})

test('check tells an entry that has no class for the objects, and a class that no migration makes', async () => {
  const at = (main, more = PEOPLE) =>
    check({ 'personalization.json': DECLARED, 'wrangler.toml': `main = "${main}"\n${toml(FED, more)}` })
  for (const [pages, feed] of [
    ['pintle/worker', 'pintle/worker/feed'],
    ['node_modules/pintle/dist/worker.mjs', 'node_modules/pintle/dist/worker_feed.mjs'],
  ]) {
    const why = 'is for pages alone and has no class Person, which PEOPLE is bound to'
    assert.deepEqual((await at(pages)).mistakes, [`main: "${pages}" ${why}: it must be "${feed}"`])
    assert.equal((await at(feed)).code, 0)
  }
  const [binding, migration] = PEOPLE.split(/\n(?=\[\[migrations)/)
  const unmade = `migrations: none makes the class Person, which PEOPLE is bound to, with SQLite; add to wrangler.toml:\n${indented(migration)}`
  assert.deepEqual((await at('src/index.ts', binding)).mistakes, [unmade])
  assert.deepEqual((await at('src/index.ts', PEOPLE.replace('new_sqlite', 'new'))).mistakes, [unmade])
  // Another Worker has the class, and takes the events.
  const elsewhere = `${binding}\nscript_name = "other"\n`
  const asked = toml({ PROFILE_SOURCES: 'people' }, elsewhere)
  assert.equal((await check({ 'wrangler.toml': `main = "pintle/worker"\n${asked}` })).code, 0)
})

test('check says so when an attribute is a slip from one that is declared or seen, and takes the file', async () => {
  const file = (condition) =>
    JSON.stringify({
      view: 'V',
      features: { f: { defaultValue: 0, rules: [{ condition, force: 1 }] } },
      deliver: [{ feature: 'f', cookie: { name: 'f', maxAge: '1d' } }],
      profile: { signed_up: { exists: { trait: 'createdAt' } } },
    })
  const notes = async (condition) => {
    const told = await check({ 'personalization.json': file(condition) })
    assert.equal(told.code, 0, told.said)
    return told.notes
  }
  const [of, seen] = await notes({ signed_upp: true, contry: 'CH' })
  assert.match(of, /attribute contry .* did you mean `country`\?/)
  assert.match(seen, /attribute signed_upp .* did you mean `signed_up`\?/)
  assert.deepEqual(await notes({ signed_up: true, country: 'CH', id: 'x', plan: 'pro' }), [])
})

test('check says so when people are declared and nothing feeds them', async () => {
  const notes = async (vars, more) => {
    const files = { 'personalization.json': DECLARED, 'wrangler.toml': toml(vars, more) }
    const { code, notes, said } = await check({ ...files, '.dev.vars': `TICKET_KEYS=${KEY}\n` })
    assert.equal(code, 0, said)
    return notes
  }
  assert.deepEqual(await notes({}), [
    '`profile` is declared, and nothing feeds it: that takes WRITE_KEYS or WEBHOOK_SECRET, and the Durable Objects PEOPLE bound',
  ])
  const [told] = await notes({ PROFILE_SOURCES: 'people' }, PEOPLE)
  assert.match(told, /^WRITE_KEYS and WEBHOOK_SECRET are not set here: .* `npx wrangler secret put WRITE_KEYS`/)
  assert.deepEqual(await notes(FED, PEOPLE), [])
})

test('check says so when something is recommended by a table, and there is no KV that it could be in', async () => {
  const recommend = { event: 'Buy', value: 'properties.sku', n: 3, table: 't' }
  const files = {
    'personalization.json': { ...DECLARED, profile: { NEXT: { recommend } }, recommendations: ['NEXT'] },
    '.dev.vars': `TICKET_KEYS=${KEY}\n`,
  }
  const unbound = await check({ ...files, 'wrangler.toml': toml(FED, PEOPLE) })
  assert.deepEqual(unbound.notes, ['`NEXT` is recommended by a table in KV, and the namespace PROFILES is not bound'])
  const bound = await check({ ...files, 'wrangler.toml': toml(FED, `${KV}${PEOPLE}`) })
  assert.deepEqual([bound.code, bound.notes], [0, []])
})

test('check tells variables that are misspelt, wherever they stand, and what was meant', async () => {
  const vars = { ACTIVATION_DESTINATION: 'd', PROFILE_SOURCE: 'kv', SITE_NAME: 'Mine' }
  const secrets = { ACTIVATON_TOKEN: 'secret-token', ticket_keys: KEY, STRIPE_KEY: 's' }
  const { code, said, mistakes } = await check({ 'wrangler.toml': toml(vars), '.dev.vars': dotenv(secrets) })
  assert.equal(code, 1)
  assert.deepEqual(mistakes, [
    'PROFILE_SOURCE: is not known; did you mean PROFILE_SOURCES?',
    'ACTIVATON_TOKEN: is not known; did you mean ACTIVATION_TOKEN?',
    'ticket_keys: is not known; did you mean TICKET_KEYS?',
  ])
  assert.match(said, /^personalization\.json, wrangler\.toml and \.dev\.vars: 3 mistakes$/m)
  assert.doesNotMatch(said, /secret-token|ffff/)
})

test('a variable that is no text is told, for the Worker does not see it', async () => {
  const { mistakes } = await check({ 'wrangler.toml': toml({ LOOKUP_BUDGET_MS: 100, EXPLAIN: true, OTHERS: [1] }) })
  assert.deepEqual(mistakes, [
    'LOOKUP_BUDGET_MS: must be a text, in quotes: what is not one, the Worker takes for not set',
    'EXPLAIN: must be a text, in quotes: what is not one, the Worker takes for not set',
  ])
  const { code } = await check({ 'wrangler.toml': toml({ EXPLAIN: true }), '.dev.vars': 'EXPLAIN=true\n' })
  assert.equal(code, 0)
})

test('a secret that may be at Cloudflare is not called missing, unless the variables are named', async () => {
  const vars = { PROFILE_SOURCES: 'kv,activation-api', ACTIVATION_DESTINATION_ID: 'd' }
  const files = { 'wrangler.toml': toml(vars), 'named.env': `TICKET_KEYS=${KEY}\n` }
  const here = await check(files)
  assert.equal(here.code, 0, here.said)
  assert.match(here.said, /^ACTIVATION_TOKEN is not set here, .*`npx wrangler secret put ACTIVATION_TOKEN`/m)
  assert.match(here.said, /^TICKET_KEYS is not set here: .*>> \.dev\.vars` .*wrangler secret put TICKET_KEYS`/m)
  const named = await check(files, ['--vars', 'named.env'])
  assert.equal(named.code, 1)
  assert.deepEqual(named.mistakes, ['ACTIVATION_TOKEN: is not set, and PROFILE_SOURCES names `activation-api`'])
  assert.deepEqual(named.with, ['wrangler.toml', 'named.env'])
  assert.equal((await check(files, ['--env'], { env: { ACTIVATION_TOKEN: 't' } })).code, 0)
  // What stands there and is wrong is a mistake all the same.
  const wrong = await check({ 'wrangler.toml': toml({ ...vars, LOOKUP_BUDGET_MS: '0' }) })
  assert.deepEqual(wrong.mistakes, ['LOOKUP_BUDGET_MS: must be a whole number from 1 to 10000'])
})

test('.dev.vars comes before wrangler.toml, and before .env as in Wrangler', async () => {
  const files = { 'wrangler.toml': toml({ LOOKUP_BUDGET_MS: '0' }), '.env': 'LOOKUP_BUDGET_MS=none\n' }
  const told = await check({ ...files, '.dev.vars': 'LOOKUP_BUDGET_MS=100\n' })
  assert.equal(told.code, 0)
  assert.deepEqual(told.with, ['wrangler.toml', '.dev.vars'])
  const withoutIt = await check(files)
  assert.deepEqual(withoutIt.with, ['wrangler.toml', '.env'])
  assert.equal(withoutIt.code, 1)
  // A virtual environment of Python.
  assert.equal((await check({ 'wrangler.toml': toml({}), '.env/bin/python': '' })).code, 0)
})

test('.dev.vars is read as Wrangler reads it', async () => {
  const other = JSON.stringify(PERSONALIZATION)
  const lines = [
    `export TICKET_KEYS: ${KEY}`,
    `PERSONALIZATION="${other}" # "quoted"`,
    '# LOOKUP_BUDGET_MS=0',
    '#EXPLAIN=maybe',
  ]
  const { code, said, notes } = await check({ 'wrangler.toml': toml({}), '.dev.vars': lines.join('\n') })
  assert.equal(code, 0, said)
  assert.deepEqual(notes, ['PERSONALIZATION is set: a Worker runs what it holds, and not this file'])
})

test('--environment reads one that wrangler.toml has, which has variables and bindings of its own', async () => {
  const staging = '[env.staging.vars]\nLOOKUP_BUDGET_MS = "0"\n[env.live]\nkv_namespaces = [{ binding = "PROFILES" }]\n'
  const folder = await at.project({
    'personalization.json': PERSONALIZATION,
    'wrangler.toml': toml({ PROFILE_SOURCES: 'kv' }) + staging,
    '.dev.vars': 'EXPLAIN=no\n',
    '.dev.vars.live': 'EXPLAIN=true\n',
  })
  const { mistakes } = await again(folder, ['--environment', 'staging'])
  assert.deepEqual(
    mistakes.map((mistake) => mistake.split(':')[0]),
    ['PROFILE_SOURCES', 'LOOKUP_BUDGET_MS', 'EXPLAIN'],
  )
  const live = await again(folder, ['--environment', 'live'])
  assert.equal(live.code, 0, live.said)
  assert.deepEqual(live.with, ['wrangler.toml', '.dev.vars.live'])
  const unknown = await again(folder, ['--environment', 'production'])
  assert.equal(unknown.code, 1)
  assert.equal(unknown.error, 'wrangler.toml has no environment production: it has staging and live')
  assert.equal((await check({}, ['--environment', 'live'])).code, 2)
})

test('in a Next.js app the files of next dev are read, and a source in its code is not called missing', async () => {
  const app = { 'package.json': { dependencies: { next: '16.0.0' } } }
  assert.equal((await check(app)).said, `personalization.json is right: ${SUMMARY}\n`)
  const local = { ...app, '.env': 'LOOKUP_BUDGET_MS=0\n', '.env.local': `TICKET_KEYS=${KEY}\nLOOKUP_BUDGET_MS=90\n` }
  const { code, said } = await check(local)
  assert.equal(code, 0, said)
  const [first, note] = said.split('\n')
  assert.equal(first, `personalization.json is right with .env and .env.local: ${SUMMARY}`)
  assert.match(note, /^no source of profiles is set here: .*`profile` of createMiddleware/)
  const misspelt = await check({ ...app, '.env.local': `TICKET_KEY=${KEY}\nACTIVATION_TOKEN=t\n` })
  assert.deepEqual(misspelt.mistakes, [
    'TICKET_KEY: is not known; did you mean TICKET_KEYS?',
    'ACTIVATION_DESTINATION_ID: is not set, and PROFILE_SOURCES names `activation-api`',
  ])
  assert.equal((await check(local, ['--vars', '.env.local'])).code, 1)
})

test('the files beside the personalization count, and for one that lies elsewhere those of this folder', async () => {
  const folder = await at.project({ 'personalization.json': PERSONALIZATION, 'wrangler.toml': toml({ EXPLAIN: 'no' }) })
  const above = path.dirname(folder)
  const given = path.join(path.basename(folder), 'personalization.json')
  const told = await again(above, [given])
  assert.deepEqual(told.with, [path.join(path.basename(folder), 'wrangler.toml')])
  assert.equal(told.code, 1)
  await mkdir(path.join(folder, 'drafts'))
  await writeFile(path.join(folder, 'drafts/one.json'), JSON.stringify(PERSONALIZATION))
  assert.equal((await again(folder, ['drafts/one.json'])).code, 1)
  assert.equal((await again(folder, ['-'], { input: JSON.stringify(PERSONALIZATION) })).code, 1)
  await rm(path.join(folder, 'wrangler.toml'))
  assert.equal((await again(folder, ['drafts/one.json'])).code, 0)
})

test('a configuration that cannot be read is told with its place, and without what stands there', async () => {
  for (const [name, text, error] of [
    [
      'wrangler.toml',
      'main = "a"\n[vars]\nTOKEN = "secret\n',
      /^wrangler\.toml is not TOML \(.+, line 3, column \d+\): mend/,
    ],
    [
      'wrangler.jsonc',
      '{\n"vars": { "TOKEN": "secret" "B": 1 }\n}',
      /^wrangler\.jsonc is not JSON \(.+, line 2, column \d+\)/,
    ],
  ]) {
    const told = await check({ [name]: text })
    assert.equal(told.code, 1)
    assert.match(told.error, error)
    assert.doesNotMatch(told.said, /secret/)
  }
})

test('a file as Windows writes it is read, and one that is not UTF-8 is told', async () => {
  const text = JSON.stringify(PERSONALIZATION)
  const marked = await check({ 'personalization.json': `\uFEFF${text}`, 'wrangler.toml': toml({}) })
  assert.equal(marked.code, 0, marked.said)
  const folder = await at.project({})
  await writeFile(path.join(folder, 'personalization.json'), `\uFEFF${text}`, 'utf16le')
  const { code, stderr } = await at.pintle(['check'], { cwd: folder })
  assert.deepEqual([code, stderr], [2, 'pintle: personalization.json is not UTF-8: save it as that\n'])
})
