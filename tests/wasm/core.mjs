// The wasm module that the npm package has, as tests in Node.js load it.

import { readFile } from 'node:fs/promises'
import path from 'node:path'

import newGlue from '../../build/size/glue.mjs'
import { root } from '../../scripts/project.mjs'

/** A request as the core sees one: what a `Request` has, but with the header names as they are given. */
export function incoming({ method = 'GET', url, headers }) {
  return { method, url, headers: new Headers(headers) }
}

/** A visit of a page as its functions, each on what `pintle` keeps under its number; nothing where nothing is to be done. */
export function visitOf(pintle, request, nowMs) {
  const number = pintle.identify(request, nowMs)
  if (number === undefined) return undefined
  const names = ['next', 'repliedHttp', 'repliedValue', 'repliedFailure', 'ranOut', 'respond', 'rest', 'end']
  return Object.fromEntries(names.map((name) => [name, (...given) => pintle[name](number, ...given)]))
}

/** A new instance of the module: its exports as JavaScript sees them. */
export async function instantiate() {
  const glue = newGlue()
  const module = new WebAssembly.Module(await readFile(path.join(root, 'build/size/module.wasm')))
  const { exports } = new WebAssembly.Instance(module, { './pintle_bg.js': glue })
  glue.__wbg_set_wasm(exports)
  exports.__wbindgen_start?.()
  return glue
}
