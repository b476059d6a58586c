// Builds the wasm modules, and the Worker around them: build/worker.mjs, and pintle.wasm and feed.wasm beside it.
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
 * The modules, each with its crate, Cargo's profile, and how wasm-opt goes on. The core is built for a Worker, where it runs on
 * every page, for speed; for middleware at the edge, where it is bundled into other people's apps, for size and without
 * what cannot be there; and for all other programs, the command among them, whole. What is for size has its control flow
 * made anew from blocks and branches in between, which is shorter than what LLVM writes. The feed waits for KV and not for
 * itself: for size as well. The door is for tests and benches alone: it asks for decisions as they are made in a Worker.
 */
const short = ['-Oz', '--flatten', '--rereloop', '-Oz', '-Oz']
const modules = {
  speed: { crate: 'pintle', profile: 'speed', features: 'boundary,sockets,told', wasm: ['-O3'] },
  edge: { crate: 'pintle', profile: 'size', features: 'ahead,boundary', wasm: short },
  size: { crate: 'pintle', profile: 'size', features: 'ahead,boundary,check,sockets,told', wasm: short },
  feed: { crate: 'pintle-feed', profile: 'size', features: '', wasm: short },
  door: { crate: 'door', profile: 'speed', features: '', wasm: ['-O3'] },
}

/**
 * Alignments are hints that no engine heeds; without them fewer instructions differ, and gzip finds more to share. So it
 * does where functions of one name, the copies of a generic one, stand beside each other.
 */
const uniform = ['--dealign', '--reorder-functions-by-name']

/**
 * Nothing of ours lies in the first kilobyte of the memory, where the stack would end that Rust's linker puts before all else:
 * so what is added to an address can stand in the instruction that uses it, which saves a kilobyte after gzip.
 */
const lowMemoryUnused = ['--low-memory-unused']

/** What our own crates export, in the types that wasm-bindgen writes: functions, and the core's class. */
const OURS = /^export (?:function|class) (Pintle|[a-z]\w*)/gm

const built = {}

/**
 * Compiles one of the modules and leaves it below build/ as module.wasm, with its glue and the glue's types; resolves to
 * that folder. Once for a program.
 */
export function compiled(name) {
  built[name] ??= compile(name)
  return built[name]
}

async function compile(name) {
  const { crate, profile, features, wasm } = modules[name]
  const folder = path.join(build, name)
  const file = crate.replaceAll('-', '_')
  const cargo = [
    '--profile',
    profile,
    '--locked',
    '--target',
    'wasm32-unknown-unknown',
    '--no-default-features',
    '--features',
    features,
  ]
  await run('cargo', ['rustc', '-p', crate, '--lib', ...cargo, '--crate-type', 'cdylib'], {
    what: `compile ${crate} (${name})`,
    env: { CARGO_ENCODED_RUSTFLAGS: [...withoutPaths, ...compact].join('\u001f') },
  })
  const made = path.join(targets, profile, `${file}.wasm`)
  const digest = createHash('sha256')
    .update(await readFile(made))
    .update(await readFile(import.meta.filename ?? ''))
    .digest('hex')
  const stamp = path.join(folder, 'stamp')
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== digest) {
    await mkdir(folder, { recursive: true })
    await run('cargo', ['run', '--quiet', '--locked', '-p', 'bindgen', '--', made, folder, file], {
      what: `make the glue of ${crate} (${name})`,
    })
    const types = await readFile(path.join(folder, `${file}.d.ts`), 'utf8')
    const ours = [...types.matchAll(OURS)].map(([, name]) => name)
    const whole = path.join(folder, `${file}_bg.wasm`)
    const compiled = new WebAssembly.Module(await readFile(whole))
    const glue = await glueFactory(path.join(folder, `${file}_bg.js`), ours, compiled)
    const used = path.join(folder, 'used.wasm')
    await dropUnused(whole, used, glue, compiled)
    const module = path.join(folder, 'module.wasm')
    const options = [...lowMemoryUnused, ...wasm, ...uniform, '--strip-debug', '--strip-producers', ...wasmFeatures]
    await run('npx', ['--no-install', 'wasm-opt', used, ...options, '-o', module], {
      what: `optimise ${crate} (${name})`,
    })
    await writeFile(path.join(folder, 'glue.mjs'), glue)
    await writeFile(path.join(folder, 'glue.d.ts'), glueTypes(types, ours))
    await writeFile(stamp, digest)
  }
  return folder
}

/**
 * The glue as a function that makes a new copy of it at every call: its state belongs to one instance
 * of the module, and an instance that trapped is replaced. In it is what the module imports and what is called of
 * it, and none of the classes that libraries export for programs that use more of them.
 */
async function glueFactory(written, ours, compiled) {
  const { build: bundle } = await import('esbuild')
  const imports = WebAssembly.Module.imports(compiled).map(({ name }) => name)
  const names = [...new Set([...imports, ...ours, '__wbg_set_wasm'])]
  const { outputFiles } = await bundle({
    stdin: { contents: `export { ${names} } from './${path.basename(written)}'`, resolveDir: path.dirname(written) },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    // What stands beside a class for its objects' end goes with the class.
    pure: ['FinalizationRegistry'],
    define: { 'Symbol.dispose': 'undefined' },
  })
  // What the module exported, and nothing else in it stands behind that, is what the function returns.
  const [body, exported] = outputFiles[0].text.split(/^export (?=\{)/m)
  return `export default function newGlue() {\n${body}return ${exported.trim()}\n}\n`
}

/** Leaves of a module's exports those that its glue asks for, and of the module what these need. */
async function dropUnused(whole, used, glue, compiled) {
  const exports = WebAssembly.Module.exports(compiled).map(({ name }) => name)
  const wanted = exports.filter(
    (name) => ['memory', '__wbindgen_start'].includes(name) || new RegExp(`\\.${name}\\b`).test(glue),
  )
  const graph = [{ name: 'glue', root: true, reaches: wanted }, ...wanted.map((name) => ({ name, export: name }))]
  const file = `${used}.json`
  await writeFile(file, JSON.stringify(graph))
  const options = ['--graph-file', file, '--debuginfo', ...wasmFeatures]
  await run('npx', ['--no-install', 'wasm-metadce', whole, ...options, '-o', used], { what: 'drop what is not called' })
}

/** The types of that function, from those that wasm-bindgen writes of what it returns. */
function glueTypes(types, ours) {
  const members = ours.map((name) => `  ${name}: typeof ${name}`)
  return `${types}
export interface Glue {
${members.join('\n')}
  __wbg_set_wasm(exports: WebAssembly.Exports): void
}

/** Makes a copy of the glue: its state belongs to one instance of the module. */
export default function newGlue(): Glue
`
}

/**
 * Bundles an entry of the Worker, npm/src/`entry`, and leaves the modules that it needs beside it. Its
 * personalization.json is built in as text, unless it is left to who deploys it.
 */
export async function worker(entry, outfile, personalization) {
  const { build: bundle } = await import('esbuild')
  const source = path.join(root, 'npm/src')
  const [core, feed] = [await compiled('speed'), await compiled('feed')]
  const { metafile } = await bundle({
    entryPoints: [path.join(source, entry)],
    outfile,
    bundle: true,
    format: 'esm',
    minify: true,
    metafile: true,
    target: 'es2022',
    external: ['*.wasm', 'cloudflare:sockets', ...(personalization ? [] : ['pintle/personalization.json'])],
    alias: {
      '#glue': path.join(core, 'glue.mjs'),
      '#wasm': path.join(source, 'wasm/worker.ts'),
      '#http': path.join(source, 'shell/transport/http_workerd.ts'),
      '#socket': path.join(source, 'shell/transport/socket_workerd.ts'),
      '#feed-glue': path.join(feed, 'glue.mjs'),
      '#feed-wasm': path.join(source, 'wasm/feed.ts'),
      ...(personalization ? { 'pintle/personalization.json': personalization } : {}),
    },
    loader: { '.json': 'text' },
  })
  const beside = (name) => path.join(path.dirname(outfile), name)
  await copyFile(path.join(core, 'module.wasm'), beside('pintle.wasm'))
  const hasFeed = Object.keys(metafile.inputs).some((input) => input.endsWith('npm/src/feed.ts'))
  if (hasFeed) await copyFile(path.join(feed, 'module.wasm'), beside('feed.wasm'))
}

/** Builds the Worker, and below pages/ what it is without a feed: both are weighed. */
export async function buildWorker() {
  const personalization = path.join(root, 'personalization.json')
  await worker('worker/feed.ts', path.join(build, 'worker.mjs'), personalization)
  await worker('worker/index.ts', path.join(build, 'pages/worker.mjs'), personalization)
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
