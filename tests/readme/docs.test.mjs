// The pages of docs/: what they show is what a check, a Worker, a server and curl say.

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { parseEnv } from 'node:util'

import { root } from '../../scripts/project.mjs'
import { startCache } from '../next/nginx.mjs'
import { serve } from '../npm/served.mjs'
import { Browser, eventually, newId, send, visitor } from '../worker/browser.mjs'
import { KEY, startServer, startSite } from '../worker/site.mjs'
import { snippet } from './snippets.mjs'
import { freePort, install, serving, type } from './terminal.mjs'

const COOKIE = 'rs_activation_signed_up'
const CONSENT = snippet('consent/personalization.json')
const SIGNED_UP = { 'WEB_PERSONALIZATION:FEATURES_BY_ANON': { USER_APP_SIGN_UP: 1 } }

let folder, createHandler

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pintle-docs-'))
  await install(folder)
  ;({ createHandler } = await import(path.join(folder, 'node_modules/pintle/dist/fetch.js')))
})
after(() => rm(folder, { recursive: true, force: true }))

/** What `pintle check` finds wrong with a personalization, as it tells that. */
async function mistakes(personalization) {
  await writeFile(path.join(folder, 'personalization.json'), JSON.stringify(personalization))
  const check = 'npx --no-install pintle check --json --source kv || true'
  const told = JSON.parse(await type(check, folder))
  return told.mistakes.map(({ at, what }) => `${at}: ${what}\n`).join('')
}

test('the personalization with a consent cookie is right', async () => {
  assert.equal(await mistakes(JSON.parse(CONSENT)), '')
})

test('whoever refuses in one of the ways that are shown is not looked up, and loses the cookie', async () => {
  const asked = []
  const profile = (id) => {
    asked.push(id)
    return { USER_APP_SIGN_UP: 1 }
  }
  const handle = createHandler({ personalization: CONSENT, environment: { TICKET_KEYS: KEY }, profile })
  const view = async (cookie) => {
    const id = newId()
    const cookies = [`rl_anonymous_id=${visitor(id).rl_anonymous_id}`, `${COOKIE}=false`, cookie]
    const headers = { accept: 'text/html', 'user-agent': 'Mozilla/5.0', cookie: cookies.join('; ') }
    const response = await handle(new Request('http://localhost/', { headers }), () => new Response('page'))
    return { wasAsked: asked.includes(id), set: response.headers.getSetCookie() }
  }
  const refusals = snippet('consent/refusals').trim().split('\n')
  assert.ok(refusals.length > 5)
  for (const refusal of refusals) {
    const { wasAsked, set } = await view(refusal.replace(/^Cookie: /, ''))
    assert.equal(wasAsked, false, refusal)
    assert.equal(set.length, 1, refusal)
    assert.match(set[0], /^rs_activation_signed_up=; .*Max-Age=0/, refusal)
  }
  for (const other of ['cookie_consent=No', 'cookie_consent=no thanks, later', 'cookie_consent=yes']) {
    assert.equal((await view(other)).wasAsked, true, other)
  }
})

test('the experiment that is shown is right, and decides for the reason that is shown', async () => {
  const personalization = snippet('experiments/personalization.json')
  assert.equal(await mistakes(JSON.parse(personalization)), '')
  const environment = { TICKET_KEYS: KEY, EXPLAIN: 'true' }
  const handle = createHandler({ personalization, environment, profile: () => ({ EMAIL: 'eve@shop.example' }) })
  const headers = { accept: 'text/html', cookie: 'rl_anonymous_id=%22visitor%2018%22', 'cf-ipcountry': 'CH' }
  const response = await handle(new Request('http://localhost/', { headers }), () => new Response('page'))
  const [, told] = response.headers.get('server-timing').match(/pintle-decision;desc="([^"]*)"/)
  assert.equal(`${told.replaceAll("'", '"')}\n`, snippet('experiments/why'))
})

test('what is larger than a cookie, or than a pattern may be, is told as it is shown', async () => {
  const banner = { defaultValue: '', rules: [{ force: 'a'.repeat(5000) }] }
  const large = { features: { banner }, deliver: [{ feature: 'banner', cookie: { name: 'rs_banner', maxAge: '1d' } }] }
  assert.equal(await mistakes({ view: 'V', ...large }), snippet('limits/mistakes'))
  const personalization = JSON.parse(CONSENT)
  const [, $regex] = (await readFile(path.join(root, 'docs/personalization.md'), 'utf8')).match(/^`(\^.*\$)` is told/m)
  personalization.features.signed_up.rules[0].condition = { EMAIL: { $regex } }
  assert.equal(await mistakes(personalization), snippet('patterns/mistakes'))
})

test('health and log of a Worker with a wrong token and a misspelt variable are those that are shown', async (t) => {
  const api = await startServer((_, response) => response.writeHead(401).end('{}'))
  t.after(api.dispose)
  const bindings = {
    PROFILE_SOURCES: 'kv,activation-api',
    ACTIVATION_API_URL: api.url,
    ACTIVATION_DESTINATION_ID: 'd',
    ACTIVATION_TOKEN: 'expired',
    TICKET_KEY: KEY,
    LOOKUP_BUDGET_MS: '10000',
  }
  const site = await startSite({ bindings })
  t.after(site.dispose)
  const known = newId()
  await site.profiles.put(`user:anonymous_id:${known}`, JSON.stringify(SIGNED_UP))
  for (const id of [known, ...Array.from({ length: 8 }, newId)]) await new Browser(site, visitor(id)).view()
  const health = await (await fetch(new URL('/_pintle/health', site.url))).json()
  const shown = JSON.parse(snippet('health'))
  // It changes with the built-in file, which is another test's.
  shown.personalization.version = health.personalization.version
  shown.published.deployed = health.personalization.version
  assert.deepEqual(health, shown)
  const log = snippet('log')
  await eventually('all lines are written', () => site.log().length >= log.length)
  assert.equal(site.log(), log)
})

test('a misspelt variable is told before anything runs', async () => {
  await writeFile(path.join(folder, 'personalization.json'), CONSENT)
  const told = await type(`${snippet('misspelt').trim()} 2>&1 || true`, folder)
  assert.equal(told, snippet('misspelt/told'))
})

/** A server of pages with these variables, and `ask`, which asks a server for decisions with more headers. */
async function deciding(t, environment) {
  const handle = createHandler({ environment, profile: () => null })
  const server = await serve((request) => handle(request, () => new Response('page')))
  t.after(server.dispose)
  const ask = async (url, more) => {
    const headers = { 'sec-fetch-site': 'same-origin', 'user-agent': 'Mozilla/5.0', ...more }
    return (await send(new URL('/_pintle/decision', url), { headers })).status
  }
  return { url: server.url, ask }
}

test('behind nginx with the line that is shown nobody has more addresses than one', async (t) => {
  const { url, ask } = await deciding(t, { DECISION_RATE: '1' })
  const [told, silent] = [await startCache(url, snippet('address')), await startCache(url)]
  t.after(told.dispose)
  t.after(silent.dispose)
  const forged = (last) => ({ 'x-real-ip': `192.0.2.${last}` })
  assert.deepEqual([await ask(told.url, forged(1)), await ask(told.url, forged(2))], [200, 429])
  assert.deepEqual([await ask(silent.url, forged(3)), await ask(silent.url, forged(4))], [200, 200], 'why it is needed')
})

test('DECISION_ADDRESS_HEADER names the header that is read', async (t) => {
  const environment = parseEnv(snippet('address.env'))
  const { url, ask } = await deciding(t, environment)
  const from = (address) => ask(url, { [environment.DECISION_ADDRESS_HEADER]: address, 'x-real-ip': newId() })
  for (let time = 0; time < Number(environment.DECISION_RATE); time += 1) assert.equal(await from('192.0.2.1'), 200)
  assert.equal(await from('192.0.2.1'), 429)
  assert.equal(await from('192.0.2.2'), 200)
})

test('a project of pintle init answers the Activation API by one line, and forgets', async (t) => {
  const project = await mkdtemp(path.join(tmpdir(), 'pintle-docs-'))
  t.after(() => rm(project, { recursive: true, force: true }))
  await mkdir(path.join(project, 'public'))
  await writeFile(path.join(project, 'public/index.html'), '<!doctype html><title>Mine</title>')
  await install(project)
  await type('npx --no-install pintle init', project)
  const file = path.join(project, 'wrangler.toml')
  const [line] = (await readFile(file, 'utf8')).match(/^main = .*\n/m)
  assert.notEqual(line, snippet('wrangler.toml'))
  await writeFile(file, (await readFile(file, 'utf8')).replace(line, snippet('wrangler.toml')))
  await writeFile(path.join(project, '.dev.vars'), 'ACTIVATION_TOKEN=secret\n')
  await type(snippet('profile'), project)
  const port = await freePort()
  const url = `http://localhost:${port}`
  await serving(`npx --no-install wrangler dev --port ${port}`, { cwd: project, url }, async () => {
    const run = async (command, token = 'secret') =>
      JSON.parse(await type(command.replace('https://www.example.com', url), project, { ACTIVATION_TOKEN: token }))
    assert.match((await run(snippet('ask'), 'another')).error, /^Unauthorized/)
    assert.deepEqual(await run(snippet('ask')), JSON.parse(snippet('answer')))
    assert.deepEqual(await run(snippet('forget')), JSON.parse(snippet('forgotten')))
    assert.deepEqual((await run(snippet('ask'))).data, {})
  })
})

test('a Profiles project is translated as it is shown, and what is refused is told as it is shown', async (t) => {
  const project = await mkdtemp(path.join(tmpdir(), 'pintle-docs-'))
  t.after(() => rm(project, { recursive: true, force: true }))
  await install(project)
  await mkdir(path.join(project, 'models'))
  await writeFile(path.join(project, 'models/profiles.yaml'), snippet('import/profiles.yaml'))
  await writeFile(path.join(project, 'models/inputs.yaml'), snippet('import/inputs.yaml'))
  await writeFile(path.join(project, 'pb_project.yaml'), snippet('import/pb_project.yaml'))
  assert.equal(await type(`${snippet('import').trim()} 2>&1`, project), snippet('import/told'))
  const written = JSON.parse(await readFile(path.join(project, 'profile.json'), 'utf8'))
  assert.deepEqual(written, JSON.parse(snippet('import/profile.json')))
})
