// What the package weighs in what others bundle: bytes after gzip, as a CDN or an edge runtime counts them.

import path from 'node:path'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'

/**
 * Bundles `code` as a module of the project in `folder`, for a runtime that `conditions` name, and weighs what comes of
 * it: `files` by their extension, the `total`, and the script's `text`. What the app has anyway (Next.js, React) is left out.
 */
export async function weigh(folder, code, conditions = []) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
    outdir: path.join(folder, 'out'),
    conditions,
    external: ['next/*', 'react'],
    // Runtimes take wasm as a file beside the script.
    loader: { '.wasm': 'file' },
    plugins: [{ name: 'wasm?module', setup: asFile }],
  })
  const files = {}
  for (const { path: name, contents } of outputFiles)
    files[path.extname(name).slice(1)] = gzipSync(contents, { level: 9 }).length
  const total = Object.values(files).reduce((sum, bytes) => sum + bytes, 0)
  const script = outputFiles.find(({ path: name }) => name.endsWith('.js'))
  return { files, total, text: script.text }
}

/** `./edge.wasm?module` is a file, with what Next.js' bundlers take from the query left off. */
function asFile({ onResolve }) {
  onResolve({ filter: /\.wasm\?module$/ }, ({ path: name, resolveDir }) => ({
    path: path.join(resolveDir, name.replace('?module', '')),
  }))
}

/** What a Next.js app bundles for its middleware on the edge. */
export const middleware = (folder) =>
  weigh(folder, "export { middleware as default } from 'pintle/next'", ['edge-light'])

/** What a page loads that uses all of `pintle/browser`. */
export const browser = (folder) => weigh(folder, "export * from 'pintle/browser'", ['browser'])
