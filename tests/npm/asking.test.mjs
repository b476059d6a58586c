// The two ways in which the package asks the Activation API, each against real servers: Node.js' own HTTP client, and the
// `fetch` of every other runtime. Whoever reads the answers is not here, nor is the deadline.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import path from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'

import { eventually } from '../worker/browser.mjs'
import { inTime } from '../worker/raw.mjs'
import { startServer } from '../worker/site.mjs'
import { project } from './pack.mjs'

const { folder, dispose } = await project()
after(dispose)
const load = async (way) => {
  const file = path.join(folder, `node_modules/pintle/dist/asking/${way}.js`)
  return (await import(pathToFileURL(file).href)).ask
}
const ways = { 'node:http': await load('node'), fetch: await load('fetch') }
const BODY = '{"id":{"type":"anonymous_id","value":"Größe 🎉"}}'
const question = (url) => ({ url: `${url}/v1/activation`, token: 'a-token', body: BODY })

/** A test for each way: `body(ask, served)`, where `served(answer)` starts a server that is gone with the test. */
function each(fact, body) {
  for (const [name, ask] of Object.entries(ways)) {
    test(`${name}: ${fact}`, async (t) => {
      const served = async (answer) => {
        const server = await startServer(answer)
        t.after(server.dispose)
        return server
      }
      const asked = (url) => {
        const asking = ask(question(url))
        return { ...asking, answer: inTime(asking.answer, 'the answer') }
      }
      await body(asked, served)
    })
  }
}

each('the question is posted as it is, with its token', async (ask, served) => {
  const server = await served(async (request, response) => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    const { authorization, 'content-type': type, 'user-agent': agent } = request.headers
    response.writeHead(201).end(JSON.stringify([request.method, request.url, authorization, type, agent, text]))
  })
  const { status, text } = await ask(server.url).answer
  assert.equal(status, 201)
  assert.deepEqual(JSON.parse(text), ['POST', '/v1/activation', 'Bearer a-token', 'application/json', 'pintle', BODY])
})

each('a text in pieces is one text, without its byte order mark', async (ask, served) => {
  const server = await served((_, response) => {
    const bytes = Buffer.from('\uFEFF"Größe 🎉"')
    response.flushHeaders()
    for (const byte of bytes) response.write(Buffer.of(byte))
    response.end()
  })
  assert.deepEqual(await ask(server.url).answer, { status: 200, text: '"Größe 🎉"' })
})

each('a redirect is told, not followed', async (ask, served) => {
  const elsewhere = await served((_, response) => response.end())
  const server = await served((_, response) => response.writeHead(307, { location: elsewhere.url }).end('moved'))
  assert.deepEqual(await ask(server.url).answer, { status: 307, text: 'moved' })
  assert.equal(elsewhere.requests.length, 0)
})

each('a body without an end is cut, and its connection closed', async (ask, served) => {
  let isClosed = false
  const server = await served((_, response) => {
    const filling = setInterval(() => response.write('x'.repeat(16 * 1024)), 1)
    response.on('close', () => {
      clearInterval(filling)
      isClosed = true
    })
  })
  const { text } = await ask(server.url).answer
  assert.ok(text.length > 64 * 1024 && text.length < 1024 * 1024, `${text.length} characters`)
  await eventually('the connection is closed', () => isClosed)
})

each('a body that is small only as long as it is compressed is cut', async (ask, served) => {
  const compressed = gzipSync(Buffer.alloc(4 * 1024 * 1024, 'x'))
  const server = await served((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': compressed.length }).end(compressed)
  })
  const { text } = await ask(server.url).answer
  assert.ok(text.length < 1024 * 1024, `${text.length} characters`)
})

for (const [when, answer] of Object.entries({
  'before anything came': () => {},
  'in the middle': (_, response) => response.write('{"data":'),
})) {
  each(`who cancels ${when} closes the connection`, async (ask, served) => {
    let isClosed = false
    const server = await served((request, response) => {
      response.on('close', () => {
        isClosed = true
      })
      answer(request, response)
    })
    const { answer: never, cancel } = ask(server.url)
    await eventually('it was asked', () => server.requests.length === 1)
    cancel()
    await assert.rejects(never)
    await eventually('the connection is closed', () => isClosed)
    assert.equal(server.requests.length, 1)
  })
}

each('an answer that breaks off is none', async (ask, served) => {
  const server = await served((_, response) => response.write('{"data":', () => response.destroy()))
  await assert.rejects(ask(server.url).answer)
  const hasHungUp = await served((_, response) => response.destroy())
  await assert.rejects(ask(hasHungUp.url).answer)
  await server.dispose()
  await assert.rejects(ask(server.url).answer)
})

each('questions one after the other share connections', async (ask, served) => {
  const server = await served((_, response) => response.end('{}'))
  let connections = 0
  server.server.on('connection', () => {
    connections += 1
  })
  for (let page = 1; page <= 5; page += 1) await ask(server.url).answer
  assert.ok(connections <= 2, `${connections} connections`)
})

/** A server that closes every connection on which it is asked once more. Resolves to how often it was asked. */
async function startForgetful(t, { opens }) {
  const seen = { url: '', questions: 0, connections: 0 }
  const server = net.createServer((socket) => {
    seen.connections += 1
    const isOpen = opens(seen.connections)
    let asked = 0
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      if (!bytes.includes('POST ')) return
      seen.questions += 1
      asked += 1
      if (asked === 1 && isOpen) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}')
      else socket.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  seen.url = `http://127.0.0.1:${server.address().port}`
  return seen
}

test('node:http: a connection that was kept open and is closed as it is used is not held against anybody', async (t) => {
  const server = await startForgetful(t, { opens: () => true })
  const ask = () => inTime(ways['node:http'](question(server.url)).answer, 'the answer')
  await ask()
  assert.deepEqual(await ask(), { status: 200, text: '{}' })
  assert.deepEqual([server.questions, server.connections], [3, 2])
})

test('node:http: it is asked once more, and no oftener', async (t) => {
  const server = await startForgetful(t, { opens: (connection) => connection === 1 })
  const ask = () => inTime(ways['node:http'](question(server.url)).answer, 'the answer')
  await ask()
  await assert.rejects(ask())
  assert.deepEqual([server.questions, server.connections], [3, 2])
})

test('node:http: an https address is asked over TLS, by the agent of the process', async (t) => {
  // A shared key instead of certificates: what matters is that the agent's options are the ones in force.
  const secret = { identity: 'pintle', psk: Buffer.alloc(32, 7) }
  const tls = { ciphers: 'PSK', maxVersion: 'TLSv1.2' }
  const server = https.createServer({ ...tls, pskCallback: () => secret.psk }, (request, response) =>
    response.end(String(request.socket.encrypted)),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { globalAgent } = https
  https.globalAgent = new https.Agent({ ...tls, pskCallback: () => secret, checkServerIdentity: () => undefined })
  t.after(() => {
    https.globalAgent.destroy()
    https.globalAgent = globalAgent
    server.close()
  })
  const { answer } = ways['node:http'](question(`https://127.0.0.1:${server.address().port}`))
  assert.deepEqual(await inTime(answer, 'the answer'), { status: 200, text: 'true' })
})

test('node:http: without a server there is no answer, and no exception but that', async () => {
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  await assert.rejects(ways['node:http'](question(`http://127.0.0.1:${port}`)).answer, /ECONNREFUSED/)
})
