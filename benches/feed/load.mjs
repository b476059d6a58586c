// Posts bodies to a port, from a process of its own, over connections that are kept, and tells what was not answered 200.
// A job is `{ port, sends }`, of pairs of a path and a body.

import http from 'node:http'

const CONNECTIONS = 8
/** workerd closes a connection that was idle for five seconds. */
const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS, timeout: 2_000 })

function post(port, target, body) {
  const headers = { 'content-type': 'application/json', authorization: `Basic ${btoa('key:')}` }
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, path: target, method: 'POST', agent, headers },
      (response) => {
        response
          .resume()
          .on('end', () => resolve(response.statusCode))
          .on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

async function load({ port, sends }) {
  let [next, wrong] = [0, 0]
  const connection = async () => {
    while (next < sends.length) wrong += Number((await post(port, ...sends[next++])) !== 200)
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, connection))
  return wrong
}

process.on('message', (job) => {
  load(job).then(
    (wrong) => process.send({ wrong }),
    (error) => process.send({ error: error.message }),
  )
})
