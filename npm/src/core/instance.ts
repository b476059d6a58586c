// The core in wasm: one instance for the whole program, and a new one after a trap.
//
// A module that trapped may be in any state and must never be entered again. It is entered synchronously and in no other
// way, so whoever holds something of an instance enters it through `Instance.enter`, and gets an error once it has
// trapped.

import newGlue, { type Glue } from '#glue'
import compiled from '#wasm'

/** A running instance of the module. */
export class Instance {
  readonly #glue = newGlue()
  #hasTrapped = false

  constructor() {
    const { exports } = new WebAssembly.Instance(compiled(), { './pintle_bg.js': this.#glue as never })
    this.#glue.__wbg_set_wasm(exports)
    ;(exports.__wbindgen_start as (() => void) | undefined)?.()
  }

  get hasTrapped(): boolean {
    return this.#hasTrapped
  }

  /** Calls into the module. What the core throws passes on; anything else is a trap, and the instance's end. */
  enter<T>(call: (glue: Glue) => T): T {
    if (this.#hasTrapped) throw new Error('the module has failed')
    try {
      return call(this.#glue)
    } catch (error) {
      // By name: in Next.js' edge sandbox errors come from another realm.
      if ((error as Error | undefined)?.name !== 'Error') {
        this.#hasTrapped = true
        console.error('pintle: the module has failed; a new one takes its place:', error)
      }
      throw error
    }
  }
}

let running: Instance | undefined

/** The program's instance. */
export function instance(): Instance {
  if (!running || running.hasTrapped) running = new Instance()
  return running
}

/** Makes this the program's instance. The one before goes, with all that was made in it, when its last visit ends. */
export function succeeded(by: Instance): void {
  running = by
}
