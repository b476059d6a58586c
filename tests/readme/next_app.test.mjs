// "From RudderStack's middleware to Pintle", and the route handler of "Without middleware": real apps of Next.js 16 made of
// these files, and the commands that set one up.

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { startActivationApi } from '../worker/activation_api.mjs'
import { Browser, newId, visitor } from '../worker/browser.mjs'
import { KEY } from '../worker/site.mjs'
import { nextApp, PAST_THE_PROXY } from './next_app.mjs'
import { commands, snippet } from './snippets.mjs'
import { install, type } from './terminal.mjs'

const COOKIE = 'rs_activation_signed_up'
const REQUEST_DEMO = '<a href="/request-demo">Request Demo</a>'
const TRY_FOR_FREE = '<a href="/try-for-free">Try for free</a>'

let api, environment

before(async () => {
  api = await startActivationApi()
  environment = { ...api.bindings, TICKET_KEYS: KEY }
})
after(() => api?.dispose())

async function signedUp() {
  const id = newId()
  await api.knows(id, { USER_APP_SIGN_UP: 1 })
  return visitor(id)
}

/** The least that makes an app of the snippets: a page that is made for the request, and a static one. */
const FILES = {
  'proxy.ts': snippet('next/proxy.ts'),
  'app/header.tsx': snippet('next/header.tsx'),
  'app/cta.tsx': snippet('next/cta.tsx'),
  'app/page.tsx': `import { Header } from './header'

export default function Page() {
  return <Header />
}
`,
  'app/static/page.tsx': `import { Cta } from '../cta'

export default function Page() {
  return <Cta initial={false} />
}
`,
  'app/%5Fpintle/decision/route.ts': snippet('route/app/%5Fpintle/decision/route.ts'),
}

test('a Next.js app of these files', async (t) => {
  await nextApp(FILES, environment, async (url) => {
    await t.test('shows the decision in the first byte of a page that is made for the request', async () => {
      const known = await new Browser({ url }, await signedUp()).view()
      assert.ok(known.body.includes(REQUEST_DEMO) && !known.body.includes(TRY_FOR_FREE))
      assert.equal(known.set[COOKIE].value, 'true')
      assert.match(known.headers['cache-control'], /^private/)
      for (const other of [new Browser({ url }, visitor(newId())), new Browser({ url })]) {
        const { status, body } = await other.view()
        assert.equal(status, 200)
        assert.ok(body.includes(TRY_FOR_FREE) && !body.includes(REQUEST_DEMO))
      }
    })

    await t.test('keeps static pages static', async () => {
      const { headers, body, set } = await new Browser({ url }, await signedUp()).view('/static')
      assert.equal(headers['x-nextjs-cache'], 'HIT')
      assert.ok(body.includes(TRY_FOR_FREE))
      assert.equal(set[COOKIE].value, 'true')
    })

    await t.test('answers a page that asks, by the proxy and by the route handler', async () => {
      for (const path of ['/_pintle/decision', PAST_THE_PROXY]) {
        const headers = {
          accept: '*/*',
          'sec-fetch-dest': 'empty',
          'sec-fetch-mode': 'cors',
          'sec-fetch-site': 'same-origin',
        }
        const answer = await new Browser({ url }, await signedUp()).view(path, { headers })
        assert.deepEqual([answer.status, answer.body], [200, '{"decisions":{"signed_up":true}}'], path)
        assert.equal(answer.headers['cache-control'], 'no-store')
        assert.equal(answer.set[COOKIE].value, 'true')
      }
    })
  })
})

test('the commands set an app of Next.js up', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'pintle-readme-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = (name) => readFile(path.join(folder, name), 'utf8')
  await mkdir(path.join(folder, 'app'))
  const write = (name, text) => writeFile(path.join(folder, name), text)
  await write('tsconfig.json', '{}')
  const { version } = JSON.parse(await readFile(path.join(root, 'node_modules/next/package.json'), 'utf8'))
  const variables = Object.entries(api.bindings).map(([name, value]) => `${name}=${value}\n`)
  await write('.env.local', variables.join(''))
  const lines = {
    'npm install pintle': async () => {
      await install(folder)
      const { dependencies } = JSON.parse(await file('package.json'))
      await write('package.json', JSON.stringify({ dependencies: { next: version, typescript: '6', ...dependencies } }))
    },
    'npx pintle init': async (line) => {
      assert.match(await type(line, folder), /^Found Next\.js 16\./)
    },
    'echo "TICKET_KEYS=$(npx pintle keygen)" >> .env.local': async (line) => {
      await type(line, folder)
      assert.match(await file('.env.local'), /^TICKET_KEYS=[\w-]{43}$/m)
    },
    'npx pintle check': async (line) => {
      assert.equal(
        await type(line, folder),
        'personalization.json is right with .env.local: it decides signed_up and writes rs_activation_signed_up\n',
      )
    },
  }
  for (const line of commands(snippet('next'))) {
    assert.ok(lines[line], `nothing is known of \`${line}\``)
    await lines[line](line)
  }
  const [, config] = snippet('next/proxy.ts').match(/^(export const config = .*)$/m)
  assert.match(
    await file('proxy.ts'),
    /^import .* from 'pintle\/next'\nimport personalization from '\.\/personalization\.json'$/m,
  )
  assert.ok((await file('proxy.ts')).includes(config))
})
