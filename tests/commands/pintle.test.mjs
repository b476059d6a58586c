// The command `pintle`, but for `init`: what a user types, what is printed, and the exit code.

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { visitor, written } from '../worker/browser.mjs'
import { execute, installed } from './installed.mjs'

const ID = '3f1c6a52-8d0e-4b7e-9a44-2c5b6d48ea90'
const VIEW = 'WEB_PERSONALIZATION:FEATURES_BY_ANON'
const SIGNED_UP = { USER_APP_SIGN_UP: 1 }
const KEY = 'f'.repeat(64)
const SET = 'rs_activation_signed_up=true; SameSite=Lax; Secure; Path=/; Max-Age=86400'
const WRONG = `{ "features": { "a": { "defaultValue": 1, "rules": [{ "condition": { "X": { "$inn": [1] } }, "force": 2 }] } },
  "deliver": [{ "feature": "b", "cookie": { "name": "rl_x", "maxAge": "soon" } }] }`

let at, pintle

before(async () => {
  at = await installed()
  pintle = at.pintle
  const builtIn = await readFile(path.join(at.folder, 'node_modules/pintle/personalization.json'), 'utf8')
  await writeFile(path.join(at.folder, 'personalization.json'), builtIn)
})
after(() => at?.dispose())

/** Runs the command with `--json`; resolves to its exit code and what it told. */
async function asked(args, options) {
  const { code, stdout } = await pintle([...args, '--json'], options)
  return { code, ...JSON.parse(stdout) }
}

/** An error is one sentence, without a stack, and tells the mend. */
function assertTold({ code, stdout, stderr }, expectedCode, pattern) {
  assert.match(stderr, pattern)
  assert.equal(code, expectedCode, stderr)
  assert.match(stderr, /^pintle: /)
  assert.doesNotMatch(stderr, /\n\s+at |node:internal|Error:/)
  assert.equal(stdout, '')
}

test('npx runs it from the folder where it is installed', async () => {
  const { code, stdout } = await execute('npx', ['pintle', '--version'], { cwd: at.folder })
  assert.equal(code, 0)
  assert.equal(
    stdout,
    `${JSON.parse(await readFile(path.join(at.folder, 'node_modules/pintle/package.json'))).version}\n`,
  )
})

test('it has the licence of every library that is in it', async () => {
  const text = await readFile(path.join(at.folder, 'node_modules/pintle/dist/cli.js'), 'utf8')
  // esbuild tells above each part where it comes from.
  const names = [...text.matchAll(/^\s*\/\/ (?:\.\.\/)*node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm)].map(
    ([, name]) => name,
  )
  const within = [...new Set(names)].sort()
  const ofCommand = ['commander', 'dotenv', 'jsonc-parser', 'smol-toml']
  const ofImport = ['moo', 'nearley', 'pgsql-ast-parser', 'yaml']
  const ofLoad = ['csv-parse', 'hyparquet']
  const ofResults = ['jstat']
  assert.deepEqual(within, [...ofCommand, ...ofImport, ...ofLoad, ...ofResults].sort())
  for (const name of within) {
    // hyparquet's licence names nobody.
    const begins = name === 'hyparquet' ? 'Permission is hereby granted' : 'Copyright'
    assert.match(text, new RegExp(`^/\\*! With ${name} in it:\n\n[^*]*${begins}`, 'm'), name)
  }
})

test('help has examples and exit codes, for the command and each of its parts', async () => {
  for (const part of [[], ['init'], ['check'], ['explain'], ['features', 'import'], ['keygen']]) {
    const { code, stdout, stderr } = await pintle([...part, '--help'])
    assert.equal(code, 0)
    assert.equal(stderr, '')
    assert.match(stdout, new RegExp(`^Usage: ${['pintle', ...part].join(' ')} `))
    assert.match(stdout, /Examples:\n {2}\$ npx pintle/)
    assert.match(stdout, /Exit codes: 0 /)
    if (part.length > 0) assert.match(stdout, /--json /)
  }
})

test('examples of the help run as they are written', async () => {
  const { stdout } = await pintle(['explain', '--help'])
  const examples = stdout.match(/(?<=\$ npx pintle ).*'\{.*|(?<=\$ npx pintle ).*cf-ipcountry.*/g)
  assert.equal(examples.length, 2)
  for (const example of examples) {
    const shell = await execute('sh', ['-c', `node_modules/.bin/pintle ${example}`], { cwd: at.folder })
    assert.equal(shell.code, 0, shell.stderr)
    assert.match(shell.stdout, /^decided +signed_up = (true|false): /m)
  }
})

test('wrong usage ends with 2, says what is wrong and guesses what was meant', async () => {
  assertTold(await pintle(['chek']), 2, /unknown command 'chek'\n\(Did you mean check\?\)/)
  assertTold(await pintle(['keygen', '--jsn']), 2, /unknown option '--jsn'/)
  assertTold(await pintle(['check', 'a', 'b']), 2, /too many arguments/)
  assertTold(await pintle(['explain', '--url', 'pricing']), 2, /It must be a whole URL/)
  assertTold(await pintle(['explain', '--header', 'country']), 2, /It must be "name: value"/)
  assertTold(await pintle(['explain', '--now', 'soon']), 2, /It must be a time such as/)
  assertTold(await pintle(['check', '--source', 'redis']), 2, /It must be `kv`, `people` or `function`/)
  const { code, stderr } = await pintle([])
  assert.equal(code, 2)
  assert.match(stderr, /^Usage: pintle /)
})

test('with --json an error is JSON, too', async () => {
  assert.deepEqual(await asked(['check', '--colour']), { code: 2, error: "unknown option '--colour'" })
  const { code, error } = await asked(['check', 'nowhere.json'])
  assert.equal(code, 2)
  assert.match(error, /^nowhere\.json cannot be read: there is no such file; /)
})

test('a reader that stops early, as head does, ends the command without a word', async () => {
  const { stderr } = await execute('sh', ['-c', 'node_modules/.bin/pintle explain --help | true'], { cwd: at.folder })
  assert.equal(stderr, '')
})

test('keygen makes a key of 32 bytes, another one each time', async () => {
  const keys = await Promise.all([pintle(['keygen']), pintle(['keygen'])])
  for (const { stdout } of keys) {
    assert.match(stdout, /^[\w-]{43}\n$/)
    assert.equal(Buffer.from(stdout.trim(), 'base64url').length, 32)
  }
  assert.notEqual(keys[0].stdout, keys[1].stdout)
  const { code, key } = await asked(['keygen'])
  assert.equal(code, 0)
  await writeFile(path.join(at.folder, 'keys.env'), `TICKET_KEYS=${key}\nPROFILE_SOURCES=kv\n`)
  const checked = await asked(['check', '--vars', 'keys.env', '--source', 'kv'])
  const told = { file: 'personalization.json', with: ['keys.env'], ok: true, mistakes: [], notes: [] }
  assert.deepEqual(checked, { code: 0, ...told })
})

test('check finds nothing wrong with the file that the package ships', async () => {
  const { code, stdout, stderr } = await pintle(['check'])
  assert.equal(stdout, 'personalization.json is right: it decides signed_up and writes rs_activation_signed_up\n')
  assert.equal(stderr, '')
  assert.equal(code, 0)
})

test('check tells all mistakes, each with its place', async () => {
  await writeFile(path.join(at.folder, 'wrong.json'), WRONG)
  const { code, stdout } = await pintle(['check', 'wrong.json'])
  assert.deepEqual(stdout.split('\n'), [
    '$.features.a.rules[0].condition.X.$inn: is not an operator: did you mean `$in`?',
    '$.deliver[0].feature: `b` is not among the features',
    "$.deliver[0].cookie.name: starts with `rl_` as RudderStack's own cookies do, and would harm them",
    '$.deliver[0].cookie.maxAge: must be a duration from `60s` to `400d`, such as `12h` or `1d`',
    'wrong.json: 4 mistakes',
    '',
  ])
  assert.equal(code, 1)
  const told = await asked(['check', 'wrong.json'])
  assert.equal(told.code, 1)
  assert.equal(told.ok, false)
  assert.deepEqual(told.mistakes[1], { at: '$.deliver[0].feature', what: '`b` is not among the features' })
})

test('check reads standard input, and tells line and column of what is not JSON', async () => {
  const { code, mistakes } = await asked(['check', '-'], { input: '{\n  "features": {,}\n}' })
  assert.equal(code, 1)
  assert.deepEqual(mistakes, [{ at: '$', what: 'is not JSON: key must be a string at line 2 column 16' }])
})

test('check looks at the variables of the shell only when it is told to', async () => {
  const env = { TICKET_KEYS: 'short-secret', PROFILE_SOURCES: 'kv', LOOKUP_BUDGET_MS: 'soon' }
  assert.equal((await pintle(['check'], { env })).code, 0)
  const { code, stdout, stderr } = await pintle(['check', '--env'], { env })
  assert.equal(code, 1)
  for (const name of ['TICKET_KEYS', 'PROFILES', 'LOOKUP_BUDGET_MS'])
    assert.match(stdout, new RegExp(`^${name}: `, 'm'))
  assert.doesNotMatch(stdout + stderr, /short-secret/)
})

test('check takes variables from files in which a later one wins', async () => {
  const [first, second] = ['first.env', 'second.env']
  await writeFile(path.join(at.folder, first), 'ACTIVATION_TOKEN=t\nLOOKUP_BUDGET_MS=0\n')
  await writeFile(path.join(at.folder, second), '# the id\nACTIVATION_DESTINATION_ID="d"\nLOOKUP_BUDGET_MS=100\n')
  const lacking = await asked(['check', '--vars', first])
  assert.deepEqual(
    lacking.mistakes.map(({ at }) => at),
    ['ACTIVATION_DESTINATION_ID', 'LOOKUP_BUDGET_MS'],
  )
  const { code, stdout } = await pintle(['check', '--vars', first, '--vars', second])
  assert.equal(code, 0)
  assert.match(stdout, /^TICKET_KEYS is not set: .*`npx pintle keygen` makes a key$/m)
  assertTold(await pintle(['check', '--vars', 'none.env']), 2, /none\.env cannot be read: there is no such file/)
})

test('check looks into the PERSONALIZATION that a Worker would run instead, too', async () => {
  const { code, mistakes } = await asked(['check', '--env', '--source', 'kv'], { env: { PERSONALIZATION: '[]' } })
  assert.equal(code, 1)
  assert.deepEqual(mistakes, [{ at: 'PERSONALIZATION $', what: 'must be an object' }])
})

test('a file that cannot be read is told with the mend', async () => {
  assertTold(await pintle(['check', 'nowhere.json']), 2, /there is no such file; `npx pintle init` writes one/)
  assertTold(await pintle(['check', 'node_modules']), 2, /it is a folder/)
  assertTold(await pintle(['explain', '--personalization', 'nowhere.json']), 2, /--personalization names another/)
})

test('explain goes from the cookie to what would be set, in the words of the edge', async () => {
  const args = ['explain', '--cookie', `a=b; rl_anonymous_id=${visitor(ID).rl_anonymous_id}`]
  const { code, stdout } = await pintle([...args, '--profile', JSON.stringify(SIGNED_UP)])
  assert.equal(code, 0)
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    `cookie    rl_anonymous_id=${visitor(ID).rl_anonymous_id}`,
    `id        ${ID}`,
    'visitor   3f1c6a52… from rl_anonymous_id',
    `profile   {"USER_APP_SIGN_UP":1} (features of ${VIEW}, from --profile)`,
    'lookup    found',
    'decided   signed_up = true: rule 1 forces it',
    'cookies   rs_activation_signed_up=true written',
    `sets      Set-Cookie: ${SET}`,
  ])
  const told = await asked([...args, '--profile', JSON.stringify(SIGNED_UP)])
  assert.equal(told.id, ID)
  assert.deepEqual(told.profile, SIGNED_UP)
  assert.deepEqual(told.decisions, [{ feature: 'signed_up', value: true, reason: 'rule 1 forces it' }])
  assert.deepEqual(told.setCookies, [SET])
})

test('explain reads the cookies of every RudderStack SDK', async () => {
  for (const [sdk, text] of Object.entries(written)) {
    const { id } = await asked(['explain', '--cookie', `rl_anonymous_id=${encodeURIComponent(text(ID))}`])
    assert.equal(id, ID, sdk)
  }
})

test('explain takes features, the whole answer of the Activation API, or its data', async () => {
  const data = { [VIEW]: SIGNED_UP, OTHER: { X: 1 } }
  const answer = { entity: 'user', id: { type: 'anonymous_id', value: ID }, data }
  await writeFile(path.join(at.folder, 'answer.json'), JSON.stringify(answer))
  const args = ['explain', '--anonymous-id', ID, '--profile']
  for (const [profile, input] of [
    [JSON.stringify(SIGNED_UP)],
    [JSON.stringify(data)],
    [JSON.stringify(answer)],
    ['answer.json'],
    ['-', JSON.stringify(answer)],
  ]) {
    const told = await asked([...args, profile], { input })
    assert.equal(told.code, 0, profile)
    assert.deepEqual(told.setCookies, [SET], profile)
  }
})

test('explain finds the view that PROFILE_VIEW names, in another case when that is allowed', async () => {
  const env = { PROFILE_VIEW: 'MY:VIEW' }
  const args = ['explain', '--anonymous-id', ID, '--env', '--profile', JSON.stringify({ 'my:view': SIGNED_UP })]
  assertTold(await pintle(args, { env }), 1, /has the views my:view, and not MY:VIEW: name the right one/)
  const told = await asked(args, { env: { ...env, PROFILE_VIEW_MATCH: 'ignore-case' } })
  assert.deepEqual(told.setCookies, [SET])
})

test('a visitor whom no source knows gets the default', async () => {
  const unknown = ['null', '{"entity":"user","id":{},"data":{}}', `{"${VIEW}":null}`]
  for (const profile of [undefined, ...unknown]) {
    const told = await asked(['explain', '--anonymous-id', ID, ...(profile ? ['--profile', profile] : [])])
    assert.equal(told.code, 0)
    assert.equal(told.profile, null, profile)
    assert.match(told.lookup, /^missing/)
    assert.deepEqual(told.setCookies, [SET.replace('true', 'false')])
  }
})

test('explain tells why nobody is there', async () => {
  for (const [args, pattern] of [
    [[], /no rl_anonymous_id cookie/],
    [['--cookie', 'rl_anonymous_id=bare-text'], /rl_anonymous_id/],
    [['--anonymous-id', ID, '--header', 'User-Agent: Googlebot/2.1'], /a bot|not a page view/],
    [['--anonymous-id', ID, '--header', 'sec-gpc: 1'], /Privacy/],
    [['--anonymous-id', ID, '--header', 'sec-fetch-dest: image'], /page/],
  ]) {
    const told = await asked(['explain', ...args, '--profile', JSON.stringify(SIGNED_UP)])
    assert.equal(told.code, 0)
    assert.match(told.visitor, pattern)
    assert.deepEqual(told.setCookies, [], args.join(' '))
  }
})

test('explain sees the page and the headers of the request', async () => {
  const when = { path: { $regex: '^/pricing' }, country: 'DE' }
  const mine = {
    view: VIEW,
    features: { de: { defaultValue: false, rules: [{ condition: when, force: true }] } },
    deliver: [{ feature: 'de', cookie: { name: 'de', maxAge: '1d' } }],
  }
  await writeFile(path.join(at.folder, 'mine.json'), JSON.stringify(mine))
  const args = ['explain', '--personalization', 'mine.json', '--anonymous-id', ID, '--header', 'CF-IPCountry: DE']
  const decided = async (url) => (await asked([...args, '--url', url])).decisions[0].value
  assert.equal(await decided('https://shop.example/pricing?x=1'), true)
  assert.equal(await decided('https://shop.example/'), false)
})

test('explain opens tickets with the keys it is given, at the time it is told', async () => {
  const env = { TICKET_KEYS: KEY }
  const nowMs = Date.parse('2026-01-31T12:00:00Z')
  const args = ['explain', '--env', '--anonymous-id', ID, '--now', '2026-01-31T12:00:00Z']
  const first = await asked([...args, '--profile', JSON.stringify(SIGNED_UP)], { env })
  const ticket = first.setCookies.find((cookie) => cookie.startsWith('pintle_ticket=')).split(';')[0]
  const cookie = `rs_activation_signed_up=true; ${ticket}`
  const second = await asked([...args, '--cookie', cookie], { env })
  assert.match(second.lookup, /a fresh ticket answers/)
  assert.deepEqual(second.decisions, first.decisions)
  const late = ['--now', String(nowMs + 3_600_000)]
  assert.match((await asked([...args, '--cookie', cookie, ...late], { env })).lookup, /^missing/)
})

test('explain refuses what cannot be explained, and tells the mend', async () => {
  assertTold(
    await pintle(['explain', '--personalization', 'wrong.json', '--anonymous-id', ID]),
    1,
    /`npx pintle check` tells the same:\n\$\.features\.a\.rules/,
  )
  assertTold(await pintle(['explain', '--profile', '{"a":']), 2, /--profile is not JSON .*: give the view's features/)
  assertTold(await pintle(['explain', '--profile', '[1]']), 2, /--profile is not a profile: give/)
  assertTold(await pintle(['explain', '--profile', 'gone.json']), 2, /gone\.json cannot be read/)
  const twice = ['explain', '--anonymous-id', ID, '--cookie', `rl_anonymous_id=${visitor(ID).rl_anonymous_id}`]
  assertTold(await pintle(twice), 2, /both say who it is: leave one out/)
  assertTold(await pintle(['explain', '--personalization', '-', '--profile', '-']), 2, /can be read once/)
})
