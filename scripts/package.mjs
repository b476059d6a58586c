// Builds the npm package: npm/dist/ from npm/src/ and the wasm modules of the core. What has not changed is
// not built again.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

import { compiled, worker } from './build.mjs'
import { isProgram, root } from './project.mjs'
import { run } from './run.mjs'
import { giveUp, packages, rust } from './tools.mjs'

const home = path.join(root, 'npm')
const dist = path.join(home, 'dist')
/** Files of the repository's top that the package has, too. */
const SHARED = ['LICENSE-APACHE', 'LICENSE-MIT', 'personalization.schema.json']

/** Libraries that the command has in it, so that its users install nothing else, and where each has its licence, if it has the text. */
const BUNDLED = {
  commander: 'LICENSE', // reads the command line
  'csv-parse': 'LICENSE', // reads CSV as it comes: quotes, line ends in fields, and where each row stands
  dotenv: 'LICENSE', // reads .dev.vars and .env, as Wrangler and Next.js do with it
  hyparquet: 'LICENSE', // reads Parquet, in JavaScript alone and a group of rows at a time
  jstat: 'LICENSE', // the distributions behind an experiment's result; one package, where stdlib's are 115
  'jsonc-parser': 'LICENSE.md', // reads wrangler.jsonc, as Wrangler does with it
  moo: 'LICENSE', // pgsql-ast-parser's
  nearley: 'LICENSE.txt', // pgsql-ast-parser's
  'pgsql-ast-parser': null, // reads the SQL of a profiles.yaml: its parser alone, typed, and every part with its place
  'smol-toml': 'LICENSE', // reads wrangler.toml, as Wrangler does with it
  yaml: 'LICENSE', // reads a profiles.yaml, and knows the place of each value
}

/** Builds the package; resolves to its folder, which `npm pack` takes. */
export async function buildPackage() {
  const [size, edge] = [await compiled('size'), await compiled('edge')]
  const [speed, feed] = [await compiled('speed'), await compiled('feed')]
  const stamp = path.join(root, 'build/package.stamp')
  const digest = await digestOf([size, edge, speed, feed])
  if (existsSync(dist) && (await readFile(stamp, 'utf8').catch(() => '')) === digest) return home
  await rm(stamp, { force: true })
  await rm(dist, { recursive: true, force: true })
  // The generated types of the core stand beside the source while that is compiled, and in an editor.
  await copyFile(path.join(size, 'glue.d.ts'), path.join(home, 'src/glue.d.ts'))
  await run('npx', ['--no-install', 'tsc', '-p', home], { what: 'compile the npm package' })
  await wasm(size, edge)
  await copyFile(path.join(size, 'glue.mjs'), path.join(dist, 'glue.js'))
  await copyFile(path.join(edge, 'glue.mjs'), path.join(dist, 'glue_edge.js'))
  await copyFile(path.join(size, 'glue.d.ts'), path.join(dist, 'glue.d.ts'))
  const builtIn = await readFile(path.join(home, 'personalization.json'), 'utf8')
  await writeFile(path.join(dist, 'personalization.js'), `export default ${JSON.stringify(builtIn)}\n`)
  for (const file of SHARED) await copyFile(path.join(root, file), path.join(home, file))
  await worker('worker/index.ts', path.join(dist, 'worker.mjs'))
  await worker('worker/feed.ts', path.join(dist, 'worker_feed.mjs'))
  const ofWorker = (await readdir(path.join(dist, 'worker'))).filter((file) => file.endsWith('.js'))
  const unbundled = ['feed.js', 'wasm/worker.js', 'wasm/feed.js', ...ofWorker.map((file) => `worker/${file}`)]
  for (const file of unbundled) await rm(path.join(dist, file))
  await bundles(feed)
  await writeFile(stamp, digest)
  return home
}

/** The module, by each way in which a runtime loads one. */
async function wasm(size, edge) {
  const folder = path.join(dist, 'wasm')
  await mkdir(folder, { recursive: true })
  const module = await readFile(path.join(size, 'module.wasm'))
  await writeFile(path.join(folder, 'core.wasm'), module)
  const imported = (from) => `import module from '${from}'\nexport default () => module\n`
  await writeFile(path.join(folder, 'workerd.js'), imported('./core.wasm'))
  await copyFile(path.join(edge, 'module.wasm'), path.join(folder, 'edge.wasm'))
  await writeFile(path.join(folder, 'edge.js'), imported('./edge.wasm?module'))
  // Reading a file beside the script fails once a bundler has moved the script, so here the module is text.
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: module.length }
  const packed = brotliCompressSync(module, { params }).toString('base64')
  const inlined = [
    "import { brotliDecompressSync } from 'node:zlib'",
    'let module',
    'export default () => (module ??= new WebAssembly.Module(brotliDecompressSync(Buffer.from(packed, "base64"))))',
    `const packed = '${packed}'`,
  ]
  await writeFile(path.join(folder, 'inlined.js'), `${inlined.join('\n')}\n`)
}

/** The parts that are one file each. */
async function bundles(feed) {
  const { build: bundle } = await import('esbuild')
  const options = { bundle: true, target: 'es2022', legalComments: 'inline' }
  await bundle({
    ...options,
    entryPoints: [path.join(home, 'src/browser/script.ts')],
    outfile: path.join(dist, 'browser/script.js'),
    format: 'iife',
    minify: true,
  })
  const licences = []
  for (const [name, file] of Object.entries(BUNDLED)) {
    const licence = await licenceOf(name, file)
    licences.push(`/*! With ${name} in it:\n\n${licence.trim()} */`)
  }
  const banner = [
    '#!/usr/bin/env node',
    ...licences,
    // Some of it is CommonJS, and asks for Node.js' own modules.
    'import { createRequire } from "node:module"',
    'const require = createRequire(import.meta.url)',
  ]
  await bundle({
    ...options,
    entryPoints: [path.join(dist, 'cli/main.js')],
    outfile: path.join(dist, 'cli.js'),
    platform: 'node',
    format: 'esm',
    external: ['#wasm'],
    // The feed's module lies beside the command, and its glue is in it: nobody else runs it outside of a Worker.
    alias: { '#feed-glue': path.join(feed, 'glue.mjs') },
    // Where a library has both, the module that esbuild can follow.
    mainFields: ['module', 'main'],
    legalComments: 'none',
    banner: { js: banner.join('\n') },
  })
  // What is in the bundle now, and would ask for these libraries.
  await rm(path.join(dist, 'cli'), { recursive: true })
}

/** The text of a library's licence. One has only the name of its licence in it, and that of who wrote it. */
async function licenceOf(name, file) {
  const folder = path.join(root, 'node_modules', name)
  if (file !== null) return readFile(path.join(folder, file), 'utf8')
  const { author, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
  if (license !== 'MIT') throw new Error(`${name} has no file of its licence, ${license}`)
  const [, ...terms] = (await readFile(path.join(root, 'LICENSE-MIT'), 'utf8')).split(/^Copyright .*$/m)
  return `MIT License\n\nCopyright (c) ${author?.name ?? author}${terms.join('')}`
}

/** A digest of all that the package is made of. */
async function digestOf(builds) {
  const hash = createHash('sha256')
  for (const folder of builds) hash.update(await readFile(path.join(folder, 'stamp')))
  const files = await readdir(path.join(home, 'src'), { recursive: true, withFileTypes: true })
  const sources = files
    .filter((file) => file.isFile())
    .map((file) => path.join(file.parentPath ?? file.path, file.name))
  const others = [path.join(home, 'package.json'), path.join(home, 'tsconfig.json'), import.meta.filename ?? '']
  for (const file of [
    ...sources.sort(),
    ...others,
    path.join(root, 'package.json'),
    path.join(home, 'personalization.json'),
    path.join(root, 'personalization.schema.json'),
  ])
    hash.update(file).update(await readFile(file))
  return hash.digest('hex')
}

if (isProgram(import.meta.url)) {
  try {
    await rust()
    await packages()
    await buildPackage()
  } catch (error) {
    giveUp(error)
  }
}
