// Builds the core twice, for speed and for size, and the Worker around the first: build/worker.mjs and build/pintle.wasm.
// What has not changed is not built again.

import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'

import { isProgram, root } from './project.mjs'
import { run } from './run.mjs'
import { giveUp, packages, rust } from './tools.mjs'

const build = path.join(root, 'build')
const targets = path.join(root, 'target/wasm32-unknown-unknown')

/** The features that rustc uses on wasm32 today; wasm-opt refuses a module with others. */
const wasmFeatures = [
  'bulk-memory',
  'bulk-memory-opt',
  'nontrapping-float-to-int',
  'sign-ext',
  'mutable-globals',
  'reference-types',
  'multivalue',
  'exception-handling',
].map((feature) => `--enable-${feature}`)

/** Panics tell where they happened: never the folders of the machine that built the module. */
const registry = path.join(process.env.CARGO_HOME ?? path.join(homedir(), '.cargo'), 'registry/src')
const withoutPaths = [`--remap-path-prefix=${registry}=crates`, `--remap-path-prefix=${path.resolve(root)}=pintle`]

/** SHA-256 in a loop instead of 64 copies of its body: it is asked for when settings are read, never for a page. */
const compact = ['--cfg', 'sha2_backend="soft"', '--cfg', 'sha2_backend_soft="compact"']

/**
 * How the module is optimised, by Cargo's profile. In a Worker for speed; elsewhere, where it is compiled anew in every
 * process and is bundled into other people's apps, for size: its control flow is made anew from blocks and branches in
 * between, which is shorter than what LLVM writes.
 */
const optimised = {
  speed: ['-O3'],
  size: ['-Oz', '--flatten', '--rereloop', '-Oz'],
}

/** Alignments are hints that no engine heeds; without them fewer instructions differ, and gzip finds more to share. */
const uniform = '--dealign'

const modules = {}

/**
 * Compiles the core by one of Cargo's profiles and leaves its wasm module and glue in a folder below build/; resolves to
 * that folder. Once for a program.
 */
export function core(profile) {
  modules[profile] ??= compiledCore(profile)
  return modules[profile]
}

async function compiledCore(profile) {
  const folder = path.join(build, profile)
  const cargo = ['--profile', profile, '--locked', '--target', 'wasm32-unknown-unknown', '--features', 'boundary']
  await run('cargo', ['rustc', '-p', 'pintle', '--lib', ...cargo, '--crate-type', 'cdylib'], {
    what: `compile the core for ${profile}`,
    env: { CARGO_ENCODED_RUSTFLAGS: [...withoutPaths, ...compact].join('\u001f') },
  })
  const compiled = path.join(targets, profile, 'pintle.wasm')
  const digest = createHash('sha256')
    .update(await readFile(compiled))
    .update(await readFile(import.meta.filename ?? ''))
    .digest('hex')
  const stamp = path.join(folder, 'stamp')
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== digest) {
    await mkdir(folder, { recursive: true })
    await run('cargo', ['run', '--quiet', '--locked', '-p', 'bindgen', '--', compiled, folder, 'pintle'], {
      what: `make the glue of the core for ${profile}`,
    })
    const module = path.join(folder, 'pintle_bg.wasm')
    const options = [...optimised[profile], uniform, '--strip-debug', '--strip-producers', ...wasmFeatures]
    await run('npx', ['--no-install', 'wasm-opt', module, ...options, '-o', module], {
      what: `optimise the core for ${profile}`,
    })
    await writeFile(path.join(folder, 'glue.mjs'), await glueFactory(path.join(folder, 'pintle_bg.js')))
    await writeFile(path.join(folder, 'glue.d.ts'), await glueTypes(path.join(folder, 'pintle.d.ts')))
    await writeFile(stamp, digest)
  }
  return folder
}

/**
 * The glue as a function that makes a new copy of it at every call: its state belongs to one instance
 * of the module, and an instance that trapped is replaced.
 */
async function glueFactory(glue) {
  const { build: bundle } = await import('esbuild')
  const options = { bundle: true, format: 'iife', globalName: 'glue', target: 'es2022', write: false }
  const { outputFiles } = await bundle({ ...options, entryPoints: [glue] })
  return `export default function newGlue() {\n${outputFiles[0].text}\nreturn glue\n}\n`
}

/** The types of that function, from those that wasm-bindgen writes of what it returns. */
async function glueTypes(written) {
  const types = await readFile(written, 'utf8')
  const names = [...types.matchAll(/^export (?:function|class) (\w+)/gm)].map(([, name]) => name)
  const members = names.map((name) => `  ${name}: typeof ${name}`)
  return `${types}
export interface Glue {
${members.join('\n')}
  __wbg_set_wasm(exports: WebAssembly.Exports): void
}

/** Makes a copy of the glue: its state belongs to one instance of the module. */
export default function newGlue(): Glue
`
}

/** Bundles the Worker's entry. Its personalization.json is built in as text, unless it is left to who deploys it. */
export async function worker(outfile, folder, personalization) {
  const { build: bundle } = await import('esbuild')
  const source = path.join(root, 'npm/src')
  await bundle({
    entryPoints: [path.join(source, 'worker.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    minify: true,
    target: 'es2022',
    external: ['./pintle.wasm', ...(personalization ? [] : ['pintle/personalization.json'])],
    alias: {
      '#glue': path.join(folder, 'glue.mjs'),
      '#wasm': path.join(source, 'wasm/worker.ts'),
      '#http': path.join(source, 'shell/transport/http_workerd.ts'),
      ...(personalization ? { 'pintle/personalization.json': personalization } : {}),
    },
    loader: { '.json': 'text' },
  })
  await copyFile(path.join(folder, 'pintle_bg.wasm'), path.join(path.dirname(outfile), 'pintle.wasm'))
}

/** Builds the Worker. */
export async function buildWorker() {
  await worker(path.join(build, 'worker.mjs'), await core('speed'), path.join(root, 'personalization.json'))
}

if (isProgram(import.meta.url)) {
  try {
    await rust()
    await packages()
    await buildWorker()
  } catch (error) {
    giveUp(error)
  }
}
