// `pintle check` beside a wrangler.toml and .dev.vars, and in a Next.js app: what it knows without being told.

import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { installed } from './installed.mjs'

const KEY = 'f'.repeat(64)
const KV = '[[kv_namespaces]]\nbinding = "PROFILES"\n'
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
  const bound = '[[durable_objects.bindings]]\nname = "PEOPLE"\nclass_name = "Person"\n'
  const right = await check({ 'wrangler.toml': toml({ PROFILE_SOURCES: 'people' }, bound) })
  assert.equal(right.code, 0, right.said)
  const { mistakes } = await check({ 'wrangler.toml': toml({ PROFILE_SOURCES: 'people' }) })
  assert.deepEqual(mistakes, ['PEOPLE: the Durable Objects are not bound, and PROFILE_SOURCES names `people`'])
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
