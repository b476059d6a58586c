// The built Worker in real workerd, configured by wrangler.toml, as tests start it.

import { createServer } from 'node:http'
import path from 'node:path'

import { Log, LogLevel, Miniflare } from 'miniflare'
import { unstable_getMiniflareWorkerOptions as fromConfig } from 'wrangler'

import { root } from '../../scripts/project.mjs'

/** The key of tests: any 32 bytes. */
export const KEY = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'

const { workerOptions, main } = fromConfig(path.join(root, 'wrangler.toml'))

/**
 * Starts the Worker. `bindings` are its variables and secrets, beside those of wrangler.toml;
 * `assets: false` and `profiles: false` leave those bindings out; `workers` run beside it; what is stored lies in `folder`, else it is
 * gone with the site. Resolves to the running site:
 * `url`, `direct` (the same without Miniflare's front, which compresses as Cloudflare's does), `profiles`
 * (the KV namespace), `people` (the Durable Objects, where they are bound), `scheduled` (does what a Cron Trigger does), `log` (what
 * the Worker logged) and `dispose`.
 */
export async function startSite({
  bindings = {},
  assets = true,
  profiles = true,
  entry = main,
  workers = [],
  folder,
  ...more
} = {}) {
  const output = []
  const options = {
    ...workerOptions,
    name: 'pintle',
    modules: true,
    modulesRoot: root,
    scriptPath: entry,
    bindings: { ...workerOptions.bindings, ...bindings },
    ...(assets ? {} : { assets: undefined }),
    ...(profiles ? {} : { kvNamespaces: {} }),
    // An entry of a test's own has no class of people.
    ...(entry === main ? {} : { durableObjects: {} }),
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    ...more,
  }
  const miniflare = new Miniflare({
    workers: [options, ...workers],
    log: new Log(LogLevel.NONE),
    ...(folder && { defaultPersistRoot: folder }),
    cf: false,
    handleRuntimeStdio: (stdout, stderr) => {
      for (const stream of [stdout, stderr]) stream.setEncoding('utf8').on('data', (text) => output.push(text))
    },
  })
  const url = await miniflare.ready
  return {
    url,
    direct: await miniflare.unsafeGetDirectURL(options.name),
    profiles: profiles ? await miniflare.getKVNamespace('PROFILES') : undefined,
    people: options.durableObjects?.PEOPLE && (await miniflare.getDurableObjectNamespace('PEOPLE')),
    scheduled: async () => (await miniflare.getWorker(options.name)).scheduled(),
    log: () => output.join(''),
    dispose: () => miniflare.dispose(),
  }
}

/** Starts a web server; resolves to its `url`, the `requests` it got, and `dispose`. */
export async function startServer(answer) {
  const requests = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    server,
    dispose: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
