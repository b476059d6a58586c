// The feed in real workerd with a real KV, behind a tiny Worker.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { build } from 'esbuild'
import { Log, LogLevel, Miniflare } from 'miniflare'

import { compiled } from '../../scripts/build.mjs'
import { root } from '../../scripts/project.mjs'

export const TOKEN = 'token-of-the-tests'
export const DESTINATION = 'destination-of-the-tests'

const folder = await compiled('feed')

/** The feed's module as it was built. */
export const module = () => readFile(path.join(folder, 'module.wasm'))

/**
 * Starts the Worker with these variables, and with the feed's module or another in its place. Resolves to its `url`,
 * `ask` (sends a request, and resolves to its status, headers and text), `profiles` (the KV namespace), `log` and `dispose`.
 */
export async function startFeed({ bindings, profiles = true, wasm } = {}) {
  const built = await mkdtemp(path.join(os.tmpdir(), 'pintle-feed-'))
  await build({
    entryPoints: [path.join(root, 'tests/feed/worker.mjs')],
    outfile: path.join(built, 'worker.mjs'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    external: ['*.wasm', 'cloudflare:sockets'],
    alias: {
      '#feed-glue': path.join(folder, 'glue.mjs'),
      '#feed-wasm': path.join(root, 'npm/src/wasm/feed.ts'),
    },
  })
  await writeFile(path.join(built, 'feed.wasm'), wasm ?? (await module()))
  const output = []
  const miniflare = new Miniflare({
    modules: true,
    modulesRoot: built,
    modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }],
    scriptPath: path.join(built, 'worker.mjs'),
    compatibilityDate: '2026-04-01',
    bindings: bindings ?? { ACTIVATION_TOKEN: TOKEN, ACTIVATION_DESTINATION_ID: DESTINATION },
    ...(profiles ? { kvNamespaces: ['PROFILES'] } : {}),
    log: new Log(LogLevel.NONE),
    cf: false,
    handleRuntimeStdio: (...streams) => {
      for (const stream of streams) stream.setEncoding('utf8').on('data', (text) => output.push(text))
    },
  })
  const dispose = async () => {
    await miniflare.dispose()
    await rm(built, { recursive: true })
  }
  // What did not start must not keep the tests from ending.
  const url = await miniflare.ready.catch((error) => dispose().then(() => Promise.reject(error)))
  return {
    ask: (path, request) => answered(new URL(path, url), request),
    url,
    profiles: profiles ? await miniflare.getKVNamespace('PROFILES') : undefined,
    log: () => output.join(''),
    dispose,
  }
}

/** Asks for as long as any machine should need. */
async function answered(url, request) {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(20_000) })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** What asks about an id; `changed` members take the place of others. */
export function question(value, { headers, method = 'POST', ...changed } = {}) {
  const body = { entity: 'user', destinationId: DESTINATION, id: { type: 'anonymous_id', value }, ...changed }
  return post(JSON.stringify(body), { headers, method })
}

/** Sends a body. */
export function post(body, { headers, method = 'POST' } = {}) {
  return { method, body, headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers } }
}
