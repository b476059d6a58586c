// Asks a port for pages, as fast as it answers, from a process of its own, over connections that are kept.
// A job is `{ port, requests, cookies, first, kind, expect }`: with `first`, each request comes from another visitor,
// counted from there; with `views`, each visitor opens as many pages, one after another, with the cookies that the first
// answer set, and as many begin as `requests` are for. `expect` is what every answer must be: `{ bytes, cookie }`, and
// `laterCookie` from the second page on.

import net from 'node:net'

import { navigation, rudder, visitor } from './visitors.mjs'

const CONNECTIONS = 8

/** Runs one job; resolves to how many answers were not as expected. */
function load({ port, requests, cookies = [], first, kind, views = 1, expect }) {
  const written = (cookie) =>
    `GET / HTTP/1.1\r\n${Object.entries(navigation(cookie))
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`
  const same = written(cookies)
  const next = (n, kept) =>
    first === undefined ? same : written([rudder(visitor(first + n, kind)), ...cookies, ...kept])
  let visitors = 0
  let wrong = 0
  const connection = () =>
    new Promise((resolve, reject) => {
      const socket = net.connect({ host: '127.0.0.1', port, noDelay: true })
      let answer = ''
      let [who, view, kept] = [0, views, []]
      const send = () => {
        answer = ''
        if (view === views) {
          if (visitors * views >= requests) return socket.end(resolve)
          ;[who, view, kept] = [visitors, 0, []]
          visitors += 1
        }
        socket.write(next(who, kept))
        view += 1
      }
      socket.setEncoding('latin1')
      socket.on('connect', send)
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the connection was closed')))
      socket.on('data', (text) => {
        answer += text
        const body = bodyOf(answer)
        if (body === undefined) return
        const { bytes, cookie, laterCookie } = expect
        wrong += Number(!isRight(answer, body, { bytes, cookie: view > 1 ? laterCookie : cookie }))
        if (view === 1 && views > 1) kept = cookiesOf(answer)
        send()
      })
    })
  return Promise.all(Array.from({ length: CONNECTIONS }, connection)).then(() => wrong)
}

/** The length of the body, once it is whole. Each connection has one answer under way at a time. */
function bodyOf(answer) {
  const start = answer.indexOf('\r\n\r\n') + 4
  if (start === 3) return undefined
  const length = answer.slice(0, start).match(/\r\ncontent-length: (\d+)/i)
  if (length) return answer.length - start >= Number(length[1]) ? answer.length - start : undefined
  if (!answer.endsWith('\r\n0\r\n\r\n')) return undefined
  let bytes = 0
  for (let at = start; ; ) {
    const line = answer.indexOf('\r\n', at)
    const size = Number.parseInt(answer.slice(at, line), 16)
    if (size === 0) return bytes
    bytes += size
    at = line + 2 + size + 2
  }
}

const cookiesOf = (answer) => [...answer.matchAll(/\r\nset-cookie: ([^;\r]*)/gi)].map(([, cookie]) => cookie)

const isRight = (answer, bytes, expect) =>
  answer.startsWith('HTTP/1.1 200 ') &&
  bytes === expect.bytes &&
  answer.includes('rs_activation_signed_up=true') === expect.cookie

process.on('message', (job) => {
  load(job).then(
    (wrong) => process.send({ wrong }),
    (error) => process.send({ error: error.message }),
  )
})
