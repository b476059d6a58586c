// Builds the two shells: build/worker.mjs + build/pintle.wasm for Cloudflare, and build/javascript/ for
// Node.js; and the feed's module, build/feed/. What has not changed is not built again.

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
 * The modules, and how each is optimised. The Worker for speed; the other shell, whose module is compiled anew in every
 * process and is bundled into other people's apps, for size: its control flow is made anew from blocks and branches in
 * between, which is shorter than what LLVM writes. The feed's waits for KV and not for itself: for size as well.
 */
const modules = {
  cloudflare: { crate: 'pintle', features: ['cloudflare'], rustc: 's', wasm: ['-O3'] },
  javascript: {
    crate: 'pintle',
    features: ['javascript'],
    rustc: 'z',
    wasm: ['-Oz', '--flatten', '--rereloop', '-Oz'],
  },
  feed: { crate: 'pintle-feed', features: [], rustc: 'z', wasm: ['-Oz'] },
}

/** Alignments are hints that no engine heeds; without them fewer instructions differ, and gzip finds more to share. */
const uniform = '--dealign'

const built = {}

/**
 * Compiles one module and leaves it and its glue below build/; resolves to that folder. Once for a program: each shell's
 * module takes the other's place in Cargo's folder, and Cargo would link it anew.
 */
export function shell(name) {
  built[name] ??= compiled(name)
  return built[name]
}

async function compiled(name) {
  const { crate, features, rustc, wasm } = modules[name]
  const folder = path.join(build, name)
  const file = crate.replaceAll('-', '_')
  const cargo = ['--release', '--locked', '--target', 'wasm32-unknown-unknown', '--features', features.join(',')]
  await run('cargo', ['rustc', '-p', crate, '--lib', ...cargo, '--crate-type', 'cdylib'], {
    what: `compile the ${name} module`,
    env: {
      CARGO_ENCODED_RUSTFLAGS: [...withoutPaths, ...compact].join('\u001f'),
      CARGO_PROFILE_RELEASE_OPT_LEVEL: rustc,
    },
  })
  const made = path.join(targets, `release/${file}.wasm`)
  const digest = createHash('sha256')
    .update(await readFile(made))
    .digest('hex')
  const stamp = path.join(folder, 'stamp')
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== digest) {
    await mkdir(folder, { recursive: true })
    await run('cargo', ['run', '--quiet', '--locked', '-p', 'bindgen', '--', made, folder, file], {
      what: `make the ${name} glue`,
    })
    const module = path.join(folder, `${file}_bg.wasm`)
    const options = [...wasm, uniform, '--strip-debug', '--strip-producers', ...wasmFeatures]
    await run('npx', ['--no-install', 'wasm-opt', module, ...options, '-o', module], {
      what: `optimise the ${name} module`,
    })
    await writeFile(path.join(folder, 'glue.mjs'), await glueFactory(path.join(folder, `${file}_bg.js`)))
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

/** What `npm/src/feed.ts` is made of beside itself, for esbuild: the glue in `folder`, and the module from beside the bundle. */
export function feedParts(folder) {
  return {
    name: "the feed's parts",
    setup(bundling) {
      bundling.onResolve({ filter: /^#feed-glue$/ }, () => ({ path: path.join(folder, 'glue.mjs') }))
      bundling.onResolve({ filter: /^#feed-wasm$/ }, () => ({ path: './feed.wasm', external: true }))
    },
  }
}

/** Builds the feed's module; resolves to its folder, which has pintle_feed_bg.wasm and glue.mjs. */
export function buildFeed() {
  return shell('feed')
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
