// The three ways in which the package posts over HTTP, each against real servers: Node.js' own client, `fetch` as every
// runtime has it, and workerd's. Who reads the replies is not here, nor for how long they are waited for.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import path from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'
import { Log, LogLevel, Miniflare } from 'miniflare'
import { eventually } from '../worker/browser.mjs'
import { inTime } from '../worker/raw.mjs'
import { startServer } from '../worker/site.mjs'
import { project } from './pack.mjs'

const READ_BYTES = 65_537
const { folder, dispose } = await project()
const fileOf = (way) => path.join(folder, `node_modules/pintle/dist/shell/transport/${way}.js`)
const load = async (way) => (await import(pathToFileURL(fileOf(way)).href)).default

/**
 * A Worker that posts what it is sent, and answers with the reply. What it is told to leave early it leaves as soon as the
 * question is on its way, and waits for it no longer.
 */
const WORKER = `
import post from '${fileOf('http_workerd')}'
export default {
  async fetch(request) {
    const { ask, readBytes, leavesAfterMs } = await request.json()
    const { reply } = post(ask, readBytes)
    const left = leavesAfterMs && new Promise((resolve) => setTimeout(resolve, leavesAfterMs, 'left'))
    return Response.json(await (left ? Promise.race([reply, left]) : reply))
  },
}
`

let workerd
after(() => Promise.all([dispose(), workerd?.dispose()]))

async function startWorkerd() {
  const { outputFiles } = await build({
    stdin: { contents: WORKER, resolveDir: folder },
    bundle: true,
    format: 'esm',
    write: false,
  })
  const miniflare = new Miniflare({
    workers: [{ name: 'post', modules: true, script: outputFiles[0].text, compatibilityDate: '2026-04-01' }],
    log: new Log(LogLevel.NONE),
    cf: false,
    handleRuntimeStdio() {},
  })
  await miniflare.ready
  return miniflare
}
workerd = await startWorkerd()

async function inWorkerd(ask, readBytes, leavesAfterMs) {
  const body = JSON.stringify({ ask, readBytes, leavesAfterMs })
  return (await workerd.dispatchFetch('http://worker/', { method: 'POST', body })).json()
}

const ways = {
  'node:http': await load('http_node'),
  fetch: await load('http_fetch'),
  workerd: (ask, readBytes) => ({ reply: inWorkerd(ask, readBytes) }),
}
const BODY = '{"id":{"type":"anonymous_id","value":"Größe 🎉"}}'
const HEADERS = [
  ['authorization', 'Bearer a-token'],
  ['content-type', 'application/json'],
  ['user-agent', 'pintle'],
]
const question = (url) => ({ transport: 'http', url: `${url}/v1/activation`, headers: HEADERS, body: BODY })

/** What a reply that is none looks like: words for the log, and never a rejection. */
function assertFailed(reply, words = /./) {
  assert.deepEqual(Object.keys(reply), ['failed'])
  assert.match(reply.failed, words)
  assert.ok(reply.failed.length <= 200 && !/\n|a-token|Größe/.test(reply.failed), reply.failed)
}

/**
 * A test for each way, or those that are named: `body(post, served)`, where `served(answer)` starts a server that is
 * gone with the test.
 */
function each(fact, body, names = Object.keys(ways)) {
  for (const name of names) {
    test(`${name}: ${fact}`, async (t) => {
      const served = async (answer) => {
        const server = await startServer(answer)
        t.after(server.dispose)
        return server
      }
      const post = (url) => {
        const flight = ways[name](question(url), READ_BYTES)
        return { ...flight, reply: inTime(flight.reply, 'the reply') }
      }
      await body(post, served)
    })
  }
}

each('the question is posted as it is, with its headers', async (post, served) => {
  const server = await served(async (request, response) => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    const { authorization, 'content-type': type, 'user-agent': agent } = request.headers
    response.writeHead(201).end(JSON.stringify([request.method, request.url, authorization, type, agent, text]))
  })
  const { status, body } = await post(server.url).reply
  assert.equal(status, 201)
  assert.deepEqual(JSON.parse(body), ['POST', '/v1/activation', 'Bearer a-token', 'application/json', 'pintle', BODY])
})

each('a text in pieces is one text, without its byte order mark', async (post, served) => {
  const server = await served((_, response) => {
    const bytes = Buffer.from('\uFEFF"Größe 🎉"')
    response.flushHeaders()
    for (const byte of bytes) response.write(Buffer.of(byte))
    response.end()
  })
  assert.deepEqual(await post(server.url).reply, { status: 200, body: '"Größe 🎉"' })
})

each('an answer without a body is an empty one', async (post, served) => {
  for (const [status, headers] of [
    [204, {}],
    [200, { 'content-length': 0 }],
    [200, {}],
  ]) {
    const server = await served((_, response) => response.writeHead(status, headers).end())
    assert.deepEqual(await post(server.url).reply, { status, body: '' })
  }
})

each('a redirect is told, not followed', async (post, served) => {
  const elsewhere = await served((_, response) => response.end())
  for (const status of [301, 302, 303, 307, 308]) {
    const server = await served((_, response) => response.writeHead(status, { location: elsewhere.url }).end('moved'))
    assert.deepEqual(await post(server.url).reply, { status, body: 'moved' })
  }
  assert.equal(elsewhere.requests.length, 0)
})

each('a body without an end is cut, and its connection closed', async (post, served) => {
  let isClosed = false
  const server = await served((_, response) => {
    const filling = setInterval(() => response.write('x'.repeat(16 * 1024)), 1)
    response.on('close', () => {
      clearInterval(filling)
      isClosed = true
    })
  })
  const { body } = await post(server.url).reply
  assert.ok(body.length >= READ_BYTES && body.length < 1024 * 1024, `${body.length} characters`)
  await eventually('the connection is closed', () => isClosed)
})

each('a body whose length is told to be too large is cut', async (post, served) => {
  const whole = 'x'.repeat(4 * 1024 * 1024)
  const server = await served((_, response) => {
    response.writeHead(200, { 'content-length': whole.length }).end(whole)
  })
  const { body } = await post(server.url).reply
  assert.ok(body.length >= READ_BYTES && body.length < 1024 * 1024, `${body.length} characters`)
})

each('a body of just as much as is read, and one byte less, is whole', async (post, served) => {
  for (const length of [READ_BYTES, READ_BYTES - 1]) {
    for (const told of [{ 'content-length': length }, {}]) {
      const server = await served((_, response) => response.writeHead(200, told).end('x'.repeat(length)))
      assert.equal((await post(server.url).reply).body.length, length)
    }
  }
})

each('a body that is small only as long as it is compressed is cut', async (post, served) => {
  const compressed = gzipSync(Buffer.alloc(4 * 1024 * 1024, 'x'))
  const server = await served((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': compressed.length }).end(compressed)
  })
  const { body } = await post(server.url).reply
  assert.ok(body.length < 1024 * 1024, `${body.length} characters`)
})

for (const [when, answer] of Object.entries({
  'before anything came': () => {},
  'in the middle': (_, response) => response.write('{"data":'),
})) {
  each(
    `who cancels ${when} closes the connection, and the reply says no more than that`,
    async (post, served) => {
      let isClosed = false
      const server = await served((request, response) => {
        response.on('close', () => {
          isClosed = true
        })
        answer(request, response)
      })
      const { reply, cancel } = post(server.url)
      await eventually('it was asked', () => server.requests.length === 1)
      cancel()
      assertFailed(await reply)
      await eventually('the connection is closed', () => isClosed)
      assert.equal(server.requests.length, 1)
    },
    ['node:http', 'fetch'],
  )

  test(`workerd: what nobody waits for any more, ${when}, is ended by the runtime`, async (t) => {
    let isClosed = false
    const server = await startServer((request, response) => {
      response.on('close', () => {
        isClosed = true
      })
      answer(request, response)
    })
    t.after(server.dispose)
    assert.equal(await inTime(inWorkerd(question(server.url), READ_BYTES, 300), 'the Worker'), 'left')
    assert.equal(server.requests.length, 1)
    await eventually('the connection is closed', () => isClosed)
  })
}

each(
  'who cancels what has come does no harm',
  async (post, served) => {
    const server = await served((_, response) => response.end('{}'))
    const { reply, cancel } = post(server.url)
    await reply
    cancel()
    cancel()
    assert.deepEqual(await reply, { status: 200, body: '{}' })
  },
  ['node:http', 'fetch'],
)

each('an answer that breaks off is none', async (post, served) => {
  const server = await served((_, response) => response.write('{"data":', () => response.destroy()))
  assertFailed(await post(server.url).reply)
  const isShort = await served((_, response) =>
    response.writeHead(200, { 'content-length': 100 }).write('{"data":', () => response.destroy()),
  )
  assertFailed(await post(isShort.url).reply)
  const hasHungUp = await served((_, response) => response.destroy())
  assertFailed(await post(hasHungUp.url).reply)
})

each('questions one after the other share connections', async (post, served) => {
  const server = await served((_, response) => response.end('{}'))
  let connections = 0
  server.server.on('connection', () => {
    connections += 1
  })
  for (let page = 1; page <= 5; page += 1) await post(server.url).reply
  assert.ok(connections <= 2, `${connections} connections`)
})

each('an answer that is no HTTP is none', async (post) => {
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  assertFailed(await post(`http://127.0.0.1:${server.address().port}`).reply)
  server.close()
})

each('without a server there is no answer, and no exception', async (post) => {
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  assertFailed(await post(`http://127.0.0.1:${port}`).reply)
})

each(
  'the reply says in the cause’s own words that nobody is there',
  async (post) => {
    const server = http.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address()
    await new Promise((resolve) => server.close(resolve))
    assertFailed(await post(`http://127.0.0.1:${port}`).reply, /ECONNREFUSED/)
    assertFailed(await post('http://nobody.invalid').reply, /ENOTFOUND|EAI_AGAIN/)
    // A server that speaks no TLS.
    const plain = await startServer((_, response) => response.end('{}'))
    assertFailed(await post(plain.url.replace('http:', 'https:')).reply, /SSL|TLS|wrong version|packet length/i)
    await plain.dispose()
  },
  ['node:http', 'fetch'],
)

each('a URL that is none is a reply, too', async (post) => {
  for (const url of ['http://h:99999', 'http://[::1', 'nothing']) assertFailed(await post(url).reply)
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

const byNode = (url) => inTime(ways['node:http'](question(url), READ_BYTES).reply, 'the reply')

test('node:http: a connection that was kept open and is closed as it is used is not held against anybody', async (t) => {
  const server = await startForgetful(t, { opens: () => true })
  await byNode(server.url)
  assert.deepEqual(await byNode(server.url), { status: 200, body: '{}' })
  assert.deepEqual([server.questions, server.connections], [3, 2])
})

test('node:http: it is asked once more, and no oftener', async (t) => {
  const server = await startForgetful(t, { opens: (connection) => connection === 1 })
  await byNode(server.url)
  assertFailed(await byNode(server.url))
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
  assert.deepEqual(await byNode(`https://127.0.0.1:${server.address().port}`), { status: 200, body: 'true' })
})
