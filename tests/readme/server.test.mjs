// A server of the reader's own, as the READMEs show one: run by Node.js and asked over HTTP.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { startActivationApi } from '../worker/activation_api.mjs'
import { Browser, newId, visitor } from '../worker/browser.mjs'
import { KEY } from '../worker/site.mjs'
import { freePort, serving } from './terminal.mjs'
import { written } from './written.mjs'

test('a Hono server makes its page with the decision', async (t) => {
  const api = await startActivationApi()
  t.after(api.dispose)
  const { folder, script, dispose } = await written()
  t.after(dispose)
  const id = newId()
  await api.knows(id, { USER_APP_SIGN_UP: 1 })
  const port = await freePort()
  const url = `http://localhost:${port}`
  const env = { ...api.bindings, TICKET_KEYS: KEY, PORT: String(port) }
  await serving(`node '${await script('server/server.ts')}'`, { cwd: folder, url, env }, async () => {
    const known = await new Browser({ url }, visitor(id)).view()
    assert.equal(known.body, '<a href="/request-demo">Request Demo</a>')
    assert.equal(known.set.rs_activation_signed_up.value, 'true')
    assert.match(known.headers['cache-control'], /^private/)
    const unknown = await new Browser({ url }, visitor(newId())).view()
    assert.equal(unknown.body, '<a href="/try-for-free">Try for free</a>')
    assert.equal(unknown.set.rs_activation_signed_up.value, 'false')
    const nobody = await new Browser({ url }).view()
    assert.deepEqual([nobody.body, nobody.set], ['<a href="/try-for-free">Try for free</a>', {}])
  })
})
