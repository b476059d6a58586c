// Builds the two shells: build/worker.mjs + build/pintle.wasm for Cloudflare, and build/javascript/ for
// Node.js. What has not changed is not built again.

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
 * How each shell is optimised. The Worker for speed; the other one, whose module is compiled anew in every process and
 * is bundled into other people's apps, for size: its control flow is made anew from blocks and branches in between, which
 * is shorter than what LLVM writes.
 */
const optimised = {
  cloudflare: { rustc: 's', wasm: ['-O3'] },
  javascript: { rustc: 'z', wasm: ['-Oz', '--flatten', '--rereloop', '-Oz'] },
}

/** Alignments are hints that no engine heeds; without them fewer instructions differ, and gzip finds more to share. */
const uniform = '--dealign'

const shells = {}

/**
 * Compiles one shell and leaves its wasm module and glue below build/; resolves to that folder. Once for a program: each
 * shell's module takes the other's place in Cargo's folder, and Cargo would link it anew.
 */
export function shell(feature) {
  shells[feature] ??= compiledShell(feature)
  return shells[feature]
}

async function compiledShell(feature) {
  const folder = path.join(build, feature)
  const cargo = ['--release', '--locked', '--target', 'wasm32-unknown-unknown', '--features', feature]
  await run('cargo', ['rustc', '--lib', ...cargo, '--crate-type', 'cdylib'], {
    what: `compile the ${feature} shell`,
    env: {
      CARGO_ENCODED_RUSTFLAGS: [...withoutPaths, ...compact].join('\u001f'),
      CARGO_PROFILE_RELEASE_OPT_LEVEL: optimised[feature].rustc,
    },
  })
  const compiled = path.join(targets, 'release/pintle.wasm')
  const digest = createHash('sha256')
    .update(await readFile(compiled))
    .digest('hex')
  const stamp = path.join(folder, 'stamp')
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== digest) {
    await mkdir(folder, { recursive: true })
    await run('cargo', ['run', '--quiet', '--locked', '-p', 'bindgen', '--', compiled, folder, 'pintle'], {
      what: `make the ${feature} glue`,
    })
    const module = path.join(folder, 'pintle_bg.wasm')
    await run(
      'npx',
      [
        '--no-install',
        'wasm-opt',
        module,
        ...optimised[feature].wasm,
        uniform,
        '--strip-debug',
        '--strip-producers',
        ...wasmFeatures,
        '-o',
        module,
      ],
      {
        what: `optimise the ${feature} module`,
      },
    )
    await writeFile(path.join(folder, 'glue.mjs'), await glueFactory(path.join(folder, 'pintle_bg.js')))
    await writeFile(stamp, digest)
  }
  return folder
}

/**
 * The glue as a function that makes a new copy of it at every call: its state belongs to one instance
 * of the module, and an instance that trapped is replaced. `shell` is what the module calls by that name.
 */
async function glueFactory(glue) {
  const { build: bundle } = await import('esbuild')
  const options = { bundle: true, format: 'iife', globalName: 'glue', target: 'es2022', write: false }
  const { outputFiles } = await bundle({ ...options, entryPoints: [glue] })
  return `export default function newGlue(shell) {\n${outputFiles[0].text}\nreturn glue\n}\n`
}

/** Bundles the Worker's entry. Its personalization.json is built in as text, unless it is left to who deploys it. */
export async function worker(outfile, folder, personalization) {
  const { build: bundle } = await import('esbuild')
  await bundle({
    entryPoints: [path.join(root, 'src/cloudflare/entry.mjs')],
    outfile,
    bundle: true,
    format: 'esm',
    minify: true,
    target: 'es2022',
    external: ['./pintle.wasm', ...(personalization ? [] : ['pintle/personalization.json'])],
    alias: {
      'pintle:glue': path.join(folder, 'glue.mjs'),
      ...(personalization ? { 'pintle/personalization.json': personalization } : {}),
    },
    loader: { '.json': 'text' },
  })
  await copyFile(path.join(folder, 'pintle_bg.wasm'), path.join(path.dirname(outfile), 'pintle.wasm'))
}

/** Builds the Worker. */
export async function buildWorker() {
  await worker(path.join(build, 'worker.mjs'), await shell('cloudflare'), path.join(root, 'personalization.json'))
}

/** Builds the module for every other runtime; resolves to its folder. */
export function buildJavascript() {
  return shell('javascript')
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
