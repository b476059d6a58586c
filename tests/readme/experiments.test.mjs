// docs/experiments.md: the rule that is shown is told as it is shown, and what it brought is read as it is shown.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { parse } from 'smol-toml'

import { root } from '../../scripts/project.mjs'
import { installed } from '../commands/installed.mjs'
import { eventually } from '../worker/browser.mjs'
import { KEY, startServer } from '../worker/site.mjs'
import { commands, snippet } from './snippets.mjs'

let at

before(async () => {
  at = await installed()
})
after(() => at?.dispose())

test('a visitor of the experiment is told of as it is shown, and has the trait', async (t) => {
  const events = []
  const plane = await startServer(async (request, response) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    events.push(...JSON.parse(body).batch)
    response.end('OK')
  })
  t.after(plane.dispose)
  const variables = parse(snippet('experiment/wrangler.toml'))
  const [secret] = commands(snippet('experiment/secret')).map((line) => line.split(' ').at(-1))
  const known = await readFile(path.join(root, 'wrangler.toml'), 'utf8')
  for (const name of [secret, ...Object.keys(variables)]) assert.ok(known.includes(name), name)
  const [url] = Object.keys(variables)
  const { createHandler } = await import(path.join(at.folder, 'node_modules/pintle/dist/fetch.js'))
  const handle = createHandler({
    personalization: snippet('experiment/personalization.json'),
    environment: { TICKET_KEYS: KEY, [url]: plane.url, [secret]: 'key' },
    profile: () => null,
  })
  const shown = JSON.parse(snippet('experiment/viewed'))
  const headers = {
    accept: 'text/html',
    'user-agent': 'Mozilla/5.0',
    cookie: `rl_anonymous_id=${encodeURIComponent(JSON.stringify(shown.anonymousId))}`,
  }
  const response = await handle(new Request('http://localhost/', { headers }), () => new Response('page'))
  assert.ok(response.headers.getSetCookie().some((cookie) => cookie.startsWith('cta=red;')))
  await eventually('both are told', () => events.length === 2)
  const [viewed, identified] = events
  const { type, event, anonymousId, properties } = viewed
  assert.deepEqual({ type, event, anonymousId, properties }, shown)
  assert.equal(identified.type, 'identify')
  assert.deepEqual(identified.context.traits, { activation_api_experience: 'red' })
})

test('a visitor who is given another address is answered as it is shown', async () => {
  const { createHandler } = await import(path.join(at.folder, 'node_modules/pintle/dist/fetch.js'))
  const handle = createHandler({ personalization: snippet('redirect/personalization.json'), profile: () => null })
  const [status, ...lines] = snippet('redirect/answer').trim().split('\n')
  const visit = async (id) => {
    const cookie = `rl_anonymous_id=${encodeURIComponent(JSON.stringify(id))}`
    const headers = { accept: 'text/html', 'user-agent': 'Mozilla/5.0', cookie }
    return handle(new Request('https://shop.example/old?utm_source=mail', { headers }), () => new Response('page'))
  }
  const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => visit(`visitor ${index}`)))
  const sent = answers.filter((answer) => answer.status === 302)
  assert.ok(sent.length > 5 && sent.length < 35, `${sent.length} of 40`)
  assert.equal(status, 'HTTP/1.1 302 Found')
  for (const line of lines) {
    const [name, value] = line.split(': ')
    for (const answer of sent) assert.equal(answer.headers.get(name), value)
  }
})

test('the exports of an experiment are read as it is shown', async () => {
  const [command] = commands(snippet('experiment/results'))
  const [, , ...args] = command.split(' ')
  const [, viewed, ordered] = args
  const visitors = Array.from({ length: 4000 }, (_, n) => ({
    id: `v${n}`,
    variation: n % 2 === 1 ? 'red' : 'control',
    // One in ten, and of those who saw red two in a hundred more.
    buys: n % 20 < 2 || n % 100 === 17,
  }))
  const rows = (head, some) => [head, ...some].join('\n')
  const cwd = await at.project({
    [viewed]: rows(
      'anonymous_id,experiment_id,variation_id,timestamp',
      visitors.map(({ id, variation }) => `${id},cta-color,${variation},2026-11-01 08:00:00`),
    ),
    [ordered]: rows(
      'anonymous_id,event,timestamp',
      visitors.filter(({ buys }) => buys).map(({ id }) => `${id},order_completed,2026-11-02 08:00:00`),
    ),
  })
  const { code, stdout, stderr } = await at.pintle(args, { cwd })
  assert.equal(code, 0, stderr)
  assert.equal(stdout, snippet('experiment/told'))
})
