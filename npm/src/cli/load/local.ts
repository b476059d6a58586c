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

export function local(given: Local): Destination {
  const { binding, environment, persistTo } = given
  return {
    name: `the local KV namespace ${binding}`,
    of: { local: binding, environment, persistTo, in: process.cwd() },
    put: async (pairs) => void (await handed('put', `[${pairs.join(',')}]`, given)),
  }
}

/** What stands there under these keys; nothing under one that is not there. */
export async function localValues(keys: string[], given: Local): Promise<(string | undefined)[]> {
  const said = await handed('get', JSON.stringify(keys), given)
  // The document is followed by a word of success.
  const values = JSON.parse(said.slice(said.indexOf('{'), said.lastIndexOf('}') + 1)) as Record<
    string,
    { value: string | null }
  >
  return keys.map((key) => values[key]?.value ?? undefined)
}

/** Has Wrangler do it with what stands in a file: nobody reads it off the list of processes. */
async function handed(what: 'put' | 'get', text: string, { binding, environment, persistTo }: Local): Promise<string> {
  const options = ['--binding', binding, '--local']
  if (environment !== undefined) options.push('--env', environment)
  if (persistTo !== undefined) options.push('--persist-to', persistTo)
  const folder = await mkdtemp(path.join(tmpdir(), 'pintle-kv-'))
  try {
    const file = path.join(folder, 'keys.json')
    await writeFile(file, text, { mode: 0o600 })
    return await wrangler(['kv', 'bulk', what, file, ...options])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function wrangler(args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('npx', ['--no-install', 'wrangler', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: WITHIN_MS,
      shell: process.platform === 'win32',
    })
    let [out, said] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(0, 4000)))
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Refused(failed(code, said)))))
  })
}

function failed(code: number | null, said: string): string {
  // Its first error names what is missing: Wrangler itself, the configuration, the binding.
  const [what = ''] = said.split('\n').filter((line) => /error|not found|canceled/i.test(line))
  return `Wrangler could not reach local KV (it ended with ${code}${what && `: ${what.trim().slice(0, 200)}`}): run this beside wrangler.toml, with wrangler installed`
}
