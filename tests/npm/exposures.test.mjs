// Batches of exposures over HTTP: a data plane that refuses what is too long, as RudderStack's does, loses none of them.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'

import { Exposures } from '../../npm/dist/shell/exposures.js'

/** RudderStack's HTTP API says so of a batch. */
const MOST_BYTES = 500_000

test('Exposures with large traits reach a data plane that takes no more than 500 KB at once', async (t) => {
  const told = []
  const plane = createServer(async (request, response) => {
    const parts = await request.toArray()
    const body = Buffer.concat(parts)
    if (body.length > MOST_BYTES) return response.writeHead(413).end()
    told.push(...JSON.parse(body).batch)
    response.end('OK')
  })
  plane.listen(0)
  await once(plane, 'listening')
  t.after(() => plane.close())
  const exposures = new Exposures(`http://127.0.0.1:${plane.address().port}`, 'write-key-of-the-tests')

  // Two hundred of three bytes a letter: 1.8 MB.
  const events = Array.from({ length: 200 }, (_, number) => ({ messageId: String(number), trait: '語'.repeat(3_000) }))
  const tasks = []
  exposures.add(events, (task) => tasks.push(task))
  await Promise.all(tasks)

  assert.deepEqual(exposures.counts, { told: 200, lost: 0 })
  assert.equal(new Set(told.map(({ messageId }) => messageId)).size, 200)
})
