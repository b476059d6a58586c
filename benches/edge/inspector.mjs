// Asks workerd's inspector (the Chrome DevTools protocol) about one isolate.

import { WebSocket } from 'ws'

/** The memory of the Worker `service` in bytes, after a collection: `heap`, and `buffers` outside it, wasm's among them. */
export async function memoryOf(port, service) {
  const targets = await (await fetch(`http://127.0.0.1:${port}/json`)).json()
  const target = targets.find(({ id }) => id === service)
  if (!target) throw new Error(`the inspector knows no ${service}, only ${targets.map(({ id }) => id)}`)
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  let chunks = ''
  const taken = new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.on('message', (text) => {
      const { id, params } = JSON.parse(text)
      if (params?.chunk) chunks += params.chunk
      if (id === 1) resolve()
    })
  })
  // V8 collects before it takes a snapshot.
  socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.takeHeapSnapshot', params: { reportProgress: false } }))
  await taken
  socket.close()
  return sum(JSON.parse(chunks))
}

/** Adds up a heap snapshot: `nodes` is one flat list of all nodes' fields. */
function sum({ snapshot, nodes, strings }) {
  const fields = snapshot.meta.node_fields
  const [name, size] = [fields.indexOf('name'), fields.indexOf('self_size')]
  const bytes = { heap: 0, buffers: 0 }
  for (let at = 0; at < nodes.length; at += fields.length) {
    const isBuffer = strings[nodes[at + name]] === 'system / JSArrayBufferData'
    bytes[isBuffer ? 'buffers' : 'heap'] += nodes[at + size]
  }
  return bytes
}
