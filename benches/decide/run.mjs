// How long it takes to decide: ten features with conditions and three experiments, natively, through wasm and by GrowthBook's
// own SDK, in turn and in one Node.js; and one feature of up to 1,000 rules. Each is given the JSON text of a visitor's attributes, and gives that
// of the values. `--json` writes target/bench/decide.json as well.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

import { root } from '../../scripts/project.mjs'
import { run } from '../../scripts/run.mjs'
import { openDoor } from '../../tests/wasm/door.mjs'
import { tell } from '../result.mjs'
import { features, rules, visitors } from './site.mjs'

const { values } = parseArgs({ options: { json: { type: 'boolean' } }, strict: false })
const ROUNDS = 15
const RULES = [10, 100, 1000]
const texts = visitors.map((visitor) => JSON.stringify(visitor))
const door = await openDoor()

const median = (numbers) => numbers.toSorted((one, other) => one - other)[numbers.length >> 1]

/** Nanoseconds a visitor of each way, the median of rounds in which they take turns. */
function measured(ways, given = texts) {
  const taken = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS + 3; round++) {
    for (const [name, decide] of Object.entries(ways)) {
      const started = process.hrtime.bigint()
      for (const text of given) decide(text)
      const ns = Number(process.hrtime.bigint() - started) / given.length
      // The first rounds are the compilers'.
      if (round >= 3) taken[name].push(ns)
    }
  }
  return Object.fromEntries(Object.entries(taken).map(([name, ns]) => [name, Math.round(median(ns))]))
}

/** GrowthBook's SDK as a bundle for production has it: without the lines for its log. */
async function sdk() {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    stdin: { contents: "export { GrowthBook, GrowthBookClient } from '@growthbook/growthbook'", resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}
const { GrowthBook, GrowthBookClient } = await sdk()

/** The ways of deciding on these features; the SDK has one instance for a visitor, or a client for many. */
function ways(features) {
  const compiled = new door.compiled(JSON.stringify({ features }))
  assert.equal(compiled.mistakes(), '[]')
  const keys = Object.keys(features)
  const client = new GrowthBookClient().initSync({ payload: { features } })
  const instance = new GrowthBook({ features })
  const all = (decided) => JSON.stringify(Object.fromEntries(keys.map((key) => [key, decided(key)])))
  return {
    wasm: (text) => compiled.decide(text),
    sdk_client(text) {
      const attributes = JSON.parse(text)
      return all((key) => client.evalFeature(key, { attributes }).value)
    },
    sdk_instance(text) {
      instance.setAttributes(JSON.parse(text))
      return all((key) => instance.evalFeature(key).value)
    },
  }
}

/** Nanoseconds a visitor natively, by a program of its own; one that is given the features and the visitors in files. */
async function natively() {
  const folder = await mkdtemp(path.join(tmpdir(), 'pintle-decide-'))
  const files = [path.join(folder, 'features.json'), path.join(folder, 'visitors.json')]
  try {
    await writeFile(files[0], JSON.stringify({ features }))
    await writeFile(files[1], JSON.stringify(visitors))
    const program = ['run', '--quiet', '--locked', '--release', '-p', 'door', '--bin', 'decide', '--', ...files]
    return Number(await run('cargo', program, { what: 'decide natively' }))
  } finally {
    await rm(folder, { recursive: true })
  }
}

const site = ways(features)
for (const text of texts) {
  const [own, theirs] = [site.wasm(text), site.sdk_client(text)].map((text) => JSON.parse(text))
  assert.deepEqual(own, theirs)
}
const decide_ns = { native: await natively(), ...measured(site) }
const fastest = Math.min(decide_ns.sdk_client, decide_ns.sdk_instance)
const ratio = Math.round((decide_ns.wasm / fastest) * 100) / 100
console.log(`13 features, ns a visitor: ${JSON.stringify(decide_ns)}; wasm is ${ratio} × the SDK`)
const rules_ns = {}
for (const count of RULES) {
  const { wasm, sdk_client } = ways(rules(count))
  rules_ns[count] = measured({ wasm, sdk_client }, texts.slice(0, 100))
  console.log(`${count} rules, ns a visitor: ${JSON.stringify(rules_ns[count])}`)
}
await tell('decide', { decide_ns, ratio, rules_ns }, values)
