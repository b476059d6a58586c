// The commands of package.json, as a person runs them.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { root } from '../../scripts/project.mjs'

const run = (...args) => promisify(execFile)('npm', ['run', '--silent', ...args], { cwd: root })

test('npm run keygen makes a key of 32 bytes, another one each time', async () => {
  const keys = await Promise.all([run('keygen'), run('keygen')])
  for (const { stdout } of keys) {
    assert.match(stdout, /^[\w-]{43}\n$/)
    assert.equal(Buffer.from(stdout.trim(), 'base64url').length, 32)
  }
  assert.notEqual(keys[0].stdout, keys[1].stdout)
})

test('npm run deploy -- --dry-run builds, bundles and names what it would upload', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'pintle-deploy-'))
  try {
    const { stdout } = await run('deploy', '--', '--dry-run', '--outdir', folder)
    assert.match(stdout, /Total Upload: [\d.]+ KiB \/ gzip: [\d.]+ KiB/)
    assert.match(stdout, /env\.PROFILES/)
    assert.match(stdout, /env\.ASSETS/)
    assert.match(stdout, /env\.PEOPLE/)
    assert.doesNotMatch(stdout, /WRITE_KEYS|WEBHOOK_SECRET|INGEST_PATH|people,kv/, 'nothing of the demo')
    assert.match(stdout, /env\.PROFILE_SOURCES \("kv"\)/)
    const files = await readdir(folder)
    assert.ok(files.some((file) => file.endsWith('.wasm')) && files.includes('worker.js'), String(files))
  } finally {
    await rm(folder, { recursive: true })
  }
})

/** A port that nobody listens on. */
async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return String(port)
}

test('npm start serves the demo site personalised from local KV', async () => {
  const PORT = await freePort()
  const started = spawn(process.execPath, ['scripts/start.mjs'], { cwd: root, env: { ...process.env, PORT } })
  let output = ''
  for (const stream of [started.stdout, started.stderr]) stream.on('data', (text) => (output += text))
  const ended = new Promise((resolve) => started.on('exit', resolve))
  try {
    // The build was made before: what is waited for here is the start alone, on a slow machine.
    const announced = new RegExp(`http://localhost:${PORT}`)
    const deadline = Date.now() + 120_000
    while (!announced.test(output)) {
      assert.ok(started.exitCode === null && Date.now() < deadline, output)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const headers = { accept: 'text/html', cookie: 'rl_anonymous_id=%223f1c6a52-8d0e-4b7e-9a44-2c5b6d48ea90%22' }
    const page = await fetch(`http://localhost:${PORT}/`, { headers })
    assert.equal(page.status, 200)
    assert.match(page.headers.getSetCookie()[0], /^rs_activation_signed_up=true; /)
    assert.match(page.headers.getSetCookie()[1], /^rewards_member=false; /)
    assert.match(page.headers.getSetCookie()[2], /^pintle_ticket=/)
    assert.match(await page.text(), /Try for free/)
    const at = (path) => `http://localhost:${PORT}${path}`
    const event = { anonymousId: randomUUID(), userId: 'somebody', context: { traits: { createdAt: '2026-11-25' } } }
    const authorization = `Basic ${btoa('demo:')}`
    const told = await fetch(at('/collect/v1/identify'), {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify(event),
    })
    assert.equal(told.status, 200)
    const person = await (await fetch(at(`/_demo/person?id=${event.anonymousId}`))).json()
    assert.equal(person.features.USER_APP_SIGN_UP, 1)
    assert.match(await (await fetch(at('/_demo/rudderanalytics.js'))).text(), /RudderAnalytics/)
  } finally {
    started.kill('SIGTERM')
    await ended
  }
})
