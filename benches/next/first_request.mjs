// What the first request of a process costs in Pintle's middleware: each in a new process of its own.

import { execFile } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { root } from '../../scripts/project.mjs'
import { project } from '../../tests/npm/pack.mjs'
import { median } from '../edge/ask.mjs'

const PROGRAM = `
import { NextRequest, NextResponse } from 'next/server.js'
import { createMiddleware } from 'pintle/next'
const profile = async () => ({ USER_APP_SIGN_UP: 1 })
const middleware = createMiddleware({ environment: { TICKET_KEYS: '42'.repeat(32) }, profile })
const headers = { accept: 'text/html', 'user-agent': 'Mozilla/5.0', cookie: 'rl_anonymous_id=%22somebody%22' }
const request = () => new NextRequest('http://localhost/', { headers })
// What Next.js itself needs for any middleware is not Pintle's.
NextResponse.next({ request: { headers: new Headers(request().headers) } })
const first = request()
await new Promise((resolve) => setTimeout(resolve, 300))
const before = process.cpuUsage()
const response = await middleware(first)
const { user, system } = process.cpuUsage(before)
if (response.headers.getSetCookie().length !== 2) throw new Error('the visitor was not personalised')
console.log((user + system) / 1000)
`

/** The median of its CPU over so many processes, in milliseconds. */
export async function firstRequest(processes) {
  const { folder, dispose } = await project({ 'package.json': '{ "type": "module" }', 'first.mjs': PROGRAM })
  await symlink(path.join(root, 'node_modules/next'), path.join(folder, 'node_modules/next'))
  const ms = []
  for (let process = 0; process < processes; process += 1) {
    const { stdout } = await promisify(execFile)(globalThis.process.execPath, [path.join(folder, 'first.mjs')])
    ms.push(Number(stdout.trim()))
  }
  await dispose()
  return median(ms)
}
