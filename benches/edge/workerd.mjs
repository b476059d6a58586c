// Raw workerd, without Miniflare around it: what its process uses is what the Workers use.

import { spawn } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { build } from 'esbuild'
import workerd from 'workerd'

import { cpuUs } from '../cpu_time.mjs'

const COMPATIBILITY_DATE = '2026-04-01'

/**
 * Starts workerd with `services`, an object of Workers by name:
 * `{ modules: { name: file }, text: { NAME: 'value' }, bind: { NAME: 'service' }, kv: { NAME: 'service' },
 * outbound: 'service', flags: ['nodejs_compat'], objects: { NAME: { of: 'Class', folder } } }`, whose first module is the
 * entry; files that end in `.wasm` are WebAssembly, and Durable Objects keep their SQLite in a folder that stays. A
 * service `{ address: 'host:port' }` is one that runs elsewhere.
 * Every Worker listens: resolves to their `ports` by name, `cpuUs()`, `rssKb()`, `inspector` (its port, when
 * asked for), `ended` (a promise) and `stop()`, which kills it.
 */
export async function startWorkerd(services, { inspector = false } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'pintle-bench-'))
  for (const [name, { modules }] of Object.entries(services)) {
    if (!modules) continue
    await mkdir(path.join(folder, name))
    for (const [module, file] of Object.entries(modules)) await put(file, path.join(folder, name, module))
  }
  const config = path.join(folder, 'config.capnp')
  await writeFile(config, capnp(services))
  const args = ['serve', config, '--control-fd=3', ...(inspector ? ['--inspector-addr=127.0.0.1:0'] : [])]
  const child = spawn(workerd.default, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
  const ended = new Promise((resolve) => child.on('exit', resolve))
  process.once('exit', () => child.kill('SIGKILL'))
  const ports = await new Promise((resolve, reject) => {
    const found = {}
    const wanted = Object.values(services).filter(({ modules }) => modules).length + (inspector ? 1 : 0)
    let lines = ''
    child.stdio[3].setEncoding('utf8').on('data', (text) => {
      lines += text
      const whole = lines.split('\n')
      lines = whole.pop()
      for (const { event, socket = 'inspector', port } of whole.map((line) => JSON.parse(line))) {
        if (event.startsWith('listen')) found[socket] = port
      }
      if (Object.keys(found).length === wanted) resolve(found)
    })
    ended.then(() => reject(new Error(`workerd did not start:\n${said}`)))
  })
  const proc = async (file) => readFile(`/proc/${child.pid}/${file}`, 'utf8')
  return {
    ports,
    said: () => said,
    ended,
    cpuUs: () => cpuUs(child.pid),
    rssKb: async () => Number((await proc('status')).match(/VmRSS:\s+(\d+)/)[1]),
    stop: async () => {
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

/** A module of its own: JavaScript with what it imports, wasm as it is. */
async function put(file, to) {
  if (file.endsWith('.wasm')) return copyFile(file, to)
  const common = {
    bundle: true,
    format: 'esm',
    target: 'es2022',
    external: ['*.wasm', 'cloudflare:sockets'],
    logLevel: 'error',
  }
  return build({ ...common, entryPoints: [file], outfile: to })
}

const text = JSON.stringify

function capnp(services) {
  const list = Object.entries(services)
  const workers = list.filter(([, { modules }]) => modules)
  const sockets = workers.map(
    ([name]) => `(name = ${text(name)}, address = "127.0.0.1:0", http = (), service = ${text(name)})`,
  )
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [\n    ${list.flatMap(([name, worker]) => service(name, worker)).join(',\n    ')}\n  ],
  sockets = [\n    ${sockets.join(',\n    ')}\n  ]
);\n`
}

/** A service, and the disks that its objects have. */
function service(name, { address, modules, text: texts = {}, bind = {}, kv = {}, objects = {}, outbound, flags = [] }) {
  if (address) return [`(name = ${text(name)}, external = (address = ${text(address)}, http = ()))`]
  const each = (members, write) => Object.entries(members).map(([key, value]) => write(key, value))
  const kind = (module) => (module.endsWith('.wasm') ? 'wasm' : 'esModule')
  const parts = each(
    modules,
    (module) => `(name = ${text(module)}, ${kind(module)} = embed ${text(`${name}/${module}`)})`,
  )
  const bindings = [
    ...each(texts, (key, value) => `(name = ${text(key)}, text = ${text(value)})`),
    ...each(bind, (key, to) => `(name = ${text(key)}, service = ${text(to)})`),
    ...each(kv, (key, to) => `(name = ${text(key)}, kvNamespace = ${text(to)})`),
    ...each(objects, (key, { of }) => `(name = ${text(key)}, durableObjectNamespace = (className = ${text(of)}))`),
  ]
  const disk = (key) => `${name}-${key}`
  const disks = each(
    objects,
    (key, { folder }) => `(name = ${text(disk(key))}, disk = (path = ${text(folder)}, writable = true))`,
  )
  const namespaces = each(
    objects,
    (_, { of }) => `(className = ${text(of)}, uniqueKey = ${text(of)}, enableSql = true)`,
  )
  const [first] = Object.keys(objects)
  const kept = first
    ? `, durableObjectNamespaces = [${namespaces}], durableObjectStorage = (localDisk = ${text(disk(first))})`
    : ''
  const out = outbound ? `, globalOutbound = ${text(outbound)}` : ''
  const worker = `(modules = [${parts}], compatibilityDate = ${text(COMPATIBILITY_DATE)}, compatibilityFlags = [${flags.map(text)}], bindings = [${bindings}]${kept}${out})`
  return [`(name = ${text(name)}, worker = ${worker})`, ...disks]
}
