// `pintle` itself, imported by somebody who does not know its entries yet: they are named, by Node.js and by TypeScript.

import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { build } from 'esbuild'

import { root } from '../../scripts/project.mjs'
import { manifest, project } from '../npm/pack.mjs'
import { execute } from './installed.mjs'

const FILES = {
  'package.json': '{ "type": "module" }',
  'plain.js': "import 'pintle'",
  'named.js': "import { createMiddleware } from 'pintle'\ncreateMiddleware()",
  'default.js': "import pintle from 'pintle'\npintle()",
  'dynamic.js': "await import('pintle')",
  'required.cjs': "require('pintle')",
  'typed.ts': "import { createHandler, useDecision } from 'pintle'\ncreateHandler()\nuseDecision('c')\n",
}

let at

before(async () => {
  at = await project(FILES)
})
after(() => at?.dispose())

/** The entries that are modules: `pintle/next` of `./next`. */
const entries = Object.entries(manifest.exports)
  .filter(([name, target]) => name !== '.' && target.types)
  .map(([name, target]) => ({ name: `pintle/${name.slice(2)}`, file: target.default }))

/** What a file of the package exports. */
async function exportsOf(file) {
  const entry = path.join(at.folder, 'node_modules/pintle', file)
  const { metafile } = await build({ entryPoints: [entry], format: 'esm', write: false, metafile: true, outdir: '/' })
  return Object.values(metafile.outputs).flatMap((output) => output.exports)
}

test('whoever imports pintle itself is told its entries, in whichever way', async () => {
  const imported = ['plain.js', 'named.js', 'default.js', 'dynamic.js']
  // Node.js before 20.19 requires no ES module, and says so itself.
  const required = process.features.require_module ? ['required.cjs'] : []
  for (const file of [...imported, ...required]) {
    const { code, stderr } = await execute(process.execPath, [file], { cwd: at.folder })
    assert.equal(code, 1)
    assert.match(stderr, /^Error: There is nothing in 'pintle' itself: import from$/m, file)
    for (const { name } of entries) assert.ok(stderr.includes(`'${name}'`), `${file}: ${name}`)
  }
})

test('every name of an entry is told, so that no import of it only says that a name is missing', async () => {
  const told = await exportsOf('dist/index.js')
  for (const { name, file } of entries)
    for (const exported of await exportsOf(file)) assert.ok(told.includes(exported), `${exported} of ${name}`)
})

test('a bundler leaves it in, so that whoever runs the bundle is told', async () => {
  const plain = path.join(at.folder, 'plain.js')
  const { outputFiles } = await build({ entryPoints: [plain], bundle: true, format: 'esm', write: false })
  assert.match(outputFiles[0].text, /There is nothing in 'pintle' itself/)
})

test('TypeScript names the entry of a name that is imported from pintle itself', async () => {
  const tsc = path.join(root, 'node_modules/.bin/tsc')
  for (const resolution of ['bundler', 'nodenext', 'node10']) {
    const module = resolution === 'nodenext' ? 'nodenext' : 'esnext'
    const how = ['--module', module, '--moduleResolution', resolution, '--ignoreDeprecations', '6.0']
    const given = ['--noEmit', '--strict', '--target', 'es2022', ...how, 'typed.ts']
    const { code, stdout } = await execute(tsc, given, { cwd: at.folder })
    assert.notEqual(code, 0)
    assert.match(stdout, /Type 'ImportItFrom<"pintle\/fetch">' has no call signatures/, resolution)
    assert.match(stdout, /Type 'ImportItFrom<"pintle\/react">' has no call signatures/, resolution)
  }
})
