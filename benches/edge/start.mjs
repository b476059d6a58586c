// Starts a built Worker as an isolate does, and prints the CPU milliseconds it took: `compile` of the modules beside it,
// `start` until its top-level code has run, `first` until the first request for pages is answered, for which the core is
// instantiated and reads its settings; and where there is a feed, `feed` until the first question to it is answered.
// The arguments are a folder and a script in it.

import { readFile } from 'node:fs/promises'
import path from 'node:path'

const [folder, name] = process.argv.slice(2)

// Else it would be a process, and walk through a visit before anybody comes.
Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Cloudflare-Workers' }, configurable: true })

async function cpuMs(work) {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

// The runtime compiles the modules and gives them to the imports; Node.js cannot.
const imported = /import\s*(?:\{\s*default as\s+)?([\w$]+)\s*\}?\s*from\s*["']\.\/(\w+\.wasm)["'];?/g
const text = await readFile(path.join(folder, name), 'utf8')
const wasm = {}
for (const [, , file] of text.matchAll(imported)) wasm[file] = await readFile(path.join(folder, file))
if (!wasm['pintle.wasm']) throw new Error(`${name} imports no pintle.wasm`)
const given = text.replace(imported, (_, local, file) => `const ${local} = globalThis.__wasm[${JSON.stringify(file)}];`)
const script = `data:text/javascript,${encodeURIComponent(given)}`

const compile = await cpuMs(() => {
  const modules = Object.entries(wasm).map(([file, bytes]) => [file, new WebAssembly.Module(bytes)])
  globalThis.__wasm = Object.fromEntries(modules)
})
let worker
const start = await cpuMs(async () => {
  worker = (await import(script)).default
})

// Node.js loads its `fetch` when it is first needed; an isolate has it.
await new Response(new Request('https://shop.example/').body).text()

const environment = { TICKET_KEYS: '0f'.repeat(32), PROFILE_SOURCES: 'kv', PROFILES: {}, ACTIVATION_TOKEN: 'token' }
const answered = (url, init, status) =>
  cpuMs(async () => {
    const answer = await worker.fetch(new Request(`https://shop.example${url}`, init), environment, { waitUntil() {} })
    if (answer.status !== status) throw new Error(`${url} is answered with ${answer.status}: ${await answer.text()}`)
  })
const first = await answered('/_pintle/health', {}, 200)
// Who brings no token is refused by the feed's module, which asks no KV for it.
const feed = wasm['feed.wasm'] && (await answered('/v1/activation', { method: 'POST', body: '{}' }, 401))
console.log(JSON.stringify({ compile, start, first, feed }))
