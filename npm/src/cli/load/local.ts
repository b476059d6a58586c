// The KV of `wrangler dev` on this machine: the project's own Wrangler puts each batch there, out of a file that it is given.

import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { Refused } from '../failure.js'
import type { Destination } from './destination.js'

const WITHIN_MS = 10 * 60_000

export interface Local {
  binding: string
  environment?: string | undefined
  /** Where `wrangler dev` was told to keep its state, if elsewhere. */
  persistTo?: string | undefined
}

export function local({ binding, environment, persistTo }: Local): Destination {
  const options = ['--binding', binding, '--local']
  if (environment !== undefined) options.push('--env', environment)
  if (persistTo !== undefined) options.push('--persist-to', persistTo)
  return {
    name: `the local KV namespace ${binding}`,
    of: { local: binding, environment, persistTo, in: process.cwd() },
    async put(pairs) {
      const folder = await mkdtemp(path.join(tmpdir(), 'pintle-load-'))
      try {
        const file = path.join(folder, 'pairs.json')
        await writeFile(file, `[${pairs.join(',')}]`, { mode: 0o600 })
        await wrangler(['kv', 'bulk', 'put', file, ...options])
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

function wrangler(args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('npx', ['--no-install', 'wrangler', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: WITHIN_MS,
      shell: process.platform === 'win32',
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(0, 4000)))
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Refused(failed(code, said)))))
  })
}

function failed(code: number | null, said: string): string {
  // Its first error names what is missing: Wrangler itself, the configuration, the binding.
  const [what = ''] = said.split('\n').filter((line) => /error|not found|canceled/i.test(line))
  return `Wrangler could not put them into local KV (it ended with ${code}${what && `: ${what.trim().slice(0, 200)}`}): run this beside wrangler.toml, with wrangler installed`
}
