// A built Next.js app as it runs: `next start` on a port of its own.

import { spawn } from 'node:child_process'
import path from 'node:path'

import { build, QUIET } from './build.mjs'

const STARTED_WITHIN_MS = 30_000

/**
 * Builds and starts a variant. `environment` is all that the app finds in its environment. Resolves to its `url`, `pid`, `log`
 * (what it printed so far) and `dispose`.
 */
export async function startApp(variant, environment = {}) {
  const { folder, environment: built } = await build(variant)
  const command = path.join(folder, 'node_modules/next/dist/bin/next')
  const child = spawn(process.execPath, [command, 'start', folder, '--port', '0', '--hostname', 'localhost'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...QUIET, ...built, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  const ended = new Promise((resolve) => child.on('close', resolve))
  const stop = () => child.kill('SIGKILL')
  process.on('exit', stop)
  const dispose = async () => {
    process.off('exit', stop)
    child.kill('SIGTERM')
    const late = setTimeout(stop, 5000)
    await ended
    clearTimeout(late)
  }
  const url = await new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${variant.name} ${why}:\n${log}`))
    const late = setTimeout(fail, STARTED_WITHIN_MS, 'does not start')
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        log += text
        const port = /ready in/i.test(log) && log.match(/http:\/\/localhost:(\d+)/)?.[1]
        if (!port) return
        clearTimeout(late)
        resolve(`http://localhost:${port}`)
      })
    }
    child.on('close', () => fail('ended'))
  }).catch(async (error) => {
    await dispose()
    throw error
  })
  return { url, pid: child.pid, log: () => log, dispose }
}
