// Bundles the demo's Worker into build/demo.mjs, beside the built one that it goes around. RudderStack's SDK comes from the
// installed package, unchanged.

import { createRequire } from 'node:module'
import path from 'node:path'

import { root } from '../project.mjs'

const build = path.join(root, 'build')

/** The entry that is built. */
export const entry = path.join(build, 'demo.mjs')

/** The variables that the demo needs and no site gets: its write key is no secret, since pages have it. */
export const variables = { PROFILE_SOURCES: 'people,kv', INGEST_PATH: '/collect', WRITE_KEYS: 'demo', EXPLAIN: 'true' }

/** Builds it, and with `watches` again when what it is made of changes; the Worker itself is built before. */
export async function buildDemo({ watches = false } = {}) {
  const { build: bundle, context } = await import('esbuild')
  const client = path.join(build, 'demo_client.js')
  const browser = path.join(root, 'npm/src/browser/script.ts')
  await bundle({ entryPoints: [browser], outfile: client, bundle: true, minify: true, format: 'iife' })
  // Its `exports` lead bundlers to modules; a page's script is the UMD build beside them.
  const main = createRequire(import.meta.url).resolve('@rudderstack/analytics-js')
  const name = path.normalize('@rudderstack/analytics-js')
  const sdk = path.join(main.slice(0, main.lastIndexOf(name) + name.length), 'dist/npm/modern/bundled/umd/index.js')
  const options = {
    entryPoints: [path.join(root, 'scripts/demo/worker.mjs')],
    outfile: entry,
    bundle: true,
    format: 'esm',
    external: ['./worker.mjs'],
    alias: { '#client': client, '#sdk': sdk },
    loader: { '.js': 'text' },
  }
  if (!watches) return bundle(options)
  const watched = await context(options)
  await watched.rebuild()
  await watched.watch()
}
