// Starts the built Worker in the folder that is given, as an isolate does, and prints the CPU milliseconds it took.

import { readFile } from 'node:fs/promises'
import path from 'node:path'

const folder = process.argv[2]

async function cpuMs(work) {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const bytes = await readFile(path.join(folder, 'pintle.wasm'))
// The runtime compiles the module and gives it to the import; Node.js cannot.
const imported = /import\s*([\w$]+)\s*from\s*["']\.\/pintle\.wasm["'];?/
const text = await readFile(path.join(folder, 'worker.mjs'), 'utf8')
if (!imported.test(text)) throw new Error('worker.mjs imports no pintle.wasm')
const script = `data:text/javascript,${encodeURIComponent(text.replace(imported, 'const $1 = globalThis.__pintleWasm;'))}`

const compile = await cpuMs(() => {
  globalThis.__pintleWasm = new WebAssembly.Module(bytes)
})
const start = await cpuMs(() => import(script))
console.log(JSON.stringify({ compile, start }))
