// `pintle/react` in a real page: rendered on a server by React, hydrated in Chromium by React, in development mode,
// because only there React tells what it finds wrong.

import assert from 'node:assert/strict'
import { symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { after, afterEach, before, test } from 'node:test'

import { build } from 'esbuild'

import { root } from '../../scripts/project.mjs'
import { launch, seen, visit } from '../browser/chromium.mjs'
import { at, startPages } from '../browser/pages.mjs'
import { eventually } from '../worker/browser.mjs'
import { project } from './pack.mjs'

const COOKIE = 'rs_activation_signed_up'

/** A header as an application has it, and one that reads the cookie while it renders, as nobody should. */
const APP = `
  import { createElement as h, StrictMode } from 'react'
  import { useDecision } from 'pintle/react'
  import { decision } from 'pintle/browser'

  const button = (signedUp) => h('header', null, h('a', { className: 'cta' }, signedUp ? 'Request Demo' : 'Try for free'))
  const apps = {
    default: () => button(useDecision('${COOKIE}', false)),
    known: () => button(useDecision('${COOKIE}', true)),
    nothing: () => {
      const value = useDecision('${COOKIE}')
      return h('header', null, h('a', { className: 'cta' }, value === undefined ? 'Welcome' : typeof value + ' ' + value))
    },
    wrong: () => button(decision('${COOKIE}')),
  }
  export const app = (name) => h(StrictMode, null, h(apps[name]))`

const CLIENT = `
  import { hydrateRoot } from 'react-dom/client'
  import { app } from './app.js'

  window.complaints = []
  const complain = (error) => complaints.push(String(error.message ?? error))
  console.error = (...words) => complain(words.join(' '))
  const { pathname } = location
  hydrateRoot(document.querySelector('main'), app(pathname.slice(1)), { onRecoverableError: complain })`

const SERVER = `
  import { renderToString } from 'react-dom/server'
  import { app } from './app.js'

  export const render = (name) => renderToString(app(name))`

let browser, folder, site, page

before(async () => {
  folder = await project({ 'app.js': APP, 'client.js': CLIENT, 'server.js': SERVER })
  for (const name of ['react', 'react-dom']) {
    await symlink(path.join(root, 'node_modules', name), path.join(folder.folder, 'node_modules', name))
  }
  const bundle = (name, options) =>
    build({
      entryPoints: [path.join(folder.folder, `${name}.js`)],
      outfile: path.join(folder.folder, `built/${name}.cjs`),
      bundle: true,
      define: { 'process.env.NODE_ENV': '"development"' },
      logLevel: 'error',
      ...options,
    })
  const { outputFiles } = await bundle('client', { write: false })
  await bundle('server', { platform: 'node', format: 'cjs' })
  const { render } = createRequire(import.meta.url)(path.join(folder.folder, 'built/server.cjs'))
  browser = await launch()
  site = await startPages({
    client: path.join(folder.folder, 'node_modules/pintle'),
    // The HTML is painted before the script comes, as on a slow network, so that a flicker would be seen.
    page: (pathname) => `<!doctype html><link rel="icon" href="data:,"><main>${render(pathname.slice(1))}</main>
      <script>requestAnimationFrame(() => setTimeout(() => {
        document.head.append(Object.assign(document.createElement('script'), { src: '/client.js' }))
      }, 100))</script>`,
    files: { '/client.js': outputFiles[0].text },
  })
})

after(async () => {
  await browser?.close()
  await Promise.all([site, folder].map((it) => it?.dispose()))
})

afterEach(() => page?.context().close())

/** Opens a page that renders `name`, with a cookie or without, and waits until React has hydrated it. */
async function open(name, value) {
  page = await visit(browser, at(site))
  if (value) await page.context().addCookies([{ name: COOKIE, value, url: at(site) }])
  await page.goto(at(site, `/${name}`))
  await eventually('the page is hydrated', () =>
    page.evaluate(() => Object.keys(document.querySelector('a.cta')).some((key) => key.startsWith('__react'))),
  )
  // Effects have run, and a frame has been painted, after two frames.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  return page
}

const complaints = () => page.evaluate(() => window.complaints)

test('a cookie that disagrees with what was rendered is shown after hydration, without a mismatch', async () => {
  await open('default', 'true')
  assert.deepEqual(await seen(page), ['Try for free', 'Request Demo'])
  assert.deepEqual(await complaints(), [])
})

test('a component that reads the cookie itself is complained about, so silence means something', async () => {
  await open('wrong', 'true')
  assert.match((await complaints()).join('\n'), /hydrat/i)
})

test('with what the server knew nothing ever flickers', async () => {
  for (const [name, value, words] of [
    ['known', 'true', 'Request Demo'],
    ['default', 'false', 'Try for free'],
  ]) {
    await open(name, value)
    assert.deepEqual(await seen(page), [words])
    assert.deepEqual(await complaints(), [])
    await page.context().close()
  }
})

test('a visitor who refuses cookies keeps what the server rendered', async () => {
  await open('known')
  assert.deepEqual(await seen(page), ['Request Demo'])
  assert.deepEqual(await complaints(), [])
})

test('without an initial value there is none until there is a cookie, and values have their types', async () => {
  await open('nothing')
  assert.deepEqual(await seen(page), ['Welcome'])
  for (const [value, words] of [
    ['false', 'boolean false'],
    ['7', 'number 7'],
    ['B', 'string B'],
  ]) {
    await page.evaluate((cookie) => {
      document.cookie = cookie
    }, `${COOKIE}=${value}`)
    await page.getByText(words).waitFor()
  }
  await page.context().clearCookies()
  await page.getByText('Welcome').waitFor()
  assert.deepEqual(await complaints(), [])
})
