// Modules that the build makes beside those of this folder: the wasm module, its glue, and the built-in settings.

/** The compiled core, by whichever way the runtime loads wasm. */
declare module '#wasm' {
  export default function compiled(): WebAssembly.Module
}

/** The compiled feed. */
declare module '#feed-wasm' {
  const compiled: WebAssembly.Module
  export default compiled
}

/** Its glue. */
declare module '#feed-glue' {
  export interface FeedGlue {
    __wbg_set_wasm(exports: WebAssembly.Exports): void
    fetch(request: Request, env: object): Promise<Response>
  }

  /** Makes a copy of the glue: its state belongs to one instance of the module. */
  export default function newGlue(): FeedGlue
}
