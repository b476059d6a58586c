// The built Worker with its module changed, so that it truly traps.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import binaryen from 'binaryen'

import { root } from '../../scripts/project.mjs'

const FILES = ['worker.mjs', 'pintle.wasm', 'feed.wasm']

/** The entry of the Worker, with its module as `change` leaves it, for the time of one test: options of a site. */
export async function patched(t, change) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pintle-trapping-'))
  t.after(() => rm(folder, { recursive: true }))
  for (const name of FILES) await writeFile(path.join(folder, name), await readFile(path.join(root, 'build', name)))
  const module = binaryen.readBinary(await readFile(path.join(folder, 'pintle.wasm')))
  change(module)
  await writeFile(path.join(folder, 'pintle.wasm'), module.emitBinary())
  module.dispose()
  return { entry: path.join(folder, 'worker.mjs'), modulesRoot: folder }
}

/** Makes a function that the module imports from JavaScript a trap. */
export function trapInsteadOf(module, imported) {
  let found = 0
  for (let at = 0; at < module.getNumFunctions(); at++) {
    const { name, base, params, results } = binaryen.getFunctionInfo(module.getFunctionByIndex(at))
    if (!base.startsWith(`__wbg_${imported}_`)) continue
    module.removeFunction(name)
    module.addFunction(name, params, results, [], module.unreachable())
    found++
  }
  assert.ok(found > 0, `the module imports ${imported}`)
}

/** The functions by which JavaScript enters the module with something to do, by the names of their exports. */
export function entries(module) {
  const exports = Array.from({ length: module.getNumExports() }, (_, at) =>
    binaryen.getExportInfo(module.getExportByIndex(at)),
  )
  const functions = exports.filter(({ kind }) => kind === binaryen.ExternalFunction)
  // Memory for what is handed in is asked for beside them.
  const ours = functions.filter(({ name }) => !/^__(wbindgen|externref)/.test(name))
  return Object.fromEntries(ours.map(({ name, value }) => [name, value]))
}

/** Makes the `nth` entry by functions a trap, counted together for each instance; `0` is each. */
export function trapAtEntry(module, names, nth) {
  const { i32 } = module
  module.addGlobal('entries', binaryen.i32, true, i32.const(0))
  const count = () => module.global.get('entries', binaryen.i32)
  for (const name of new Set(names)) {
    assert.ok(name, 'the module has it')
    const { body, results } = binaryen.getFunctionInfo(module.getFunction(name))
    const counted = module.global.set('entries', i32.add(count(), i32.const(1)))
    const trap = nth ? module.if(i32.eq(count(), i32.const(nth)), module.unreachable()) : module.unreachable()
    binaryen.Function.setBody(module.getFunction(name), module.block(null, [counted, trap, body], results))
  }
}

/** Makes the module one that traps as it is instantiated. */
export function trapAtStart(module) {
  module.addFunction('start', binaryen.none, binaryen.none, [], module.unreachable())
  module.setStart(module.getFunction('start'))
}
