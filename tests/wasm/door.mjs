// Decisions in a wasm module, asked as GrowthBook's SDK is asked. The module is made for tests and benches (tests/door/) and
// compiled as the Worker's is.

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

import { compiled } from '../../scripts/build.mjs'

/** A new instance of the module: its exports as JavaScript sees them. */
export async function openDoor() {
  const folder = await compiled('door')
  const { default: newGlue } = await import(pathToFileURL(path.join(folder, 'glue.mjs')).href)
  const glue = newGlue()
  const module = new WebAssembly.Module(await readFile(path.join(folder, 'module.wasm')))
  const { exports } = new WebAssembly.Instance(module, { './door_bg.js': glue })
  glue.__wbg_set_wasm(exports)
  exports.__wbindgen_start?.()
  return glue
}
