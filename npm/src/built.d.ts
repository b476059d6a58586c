// Modules that the build makes beside those of this folder: the wasm module, its glue, and the built-in settings.

/** The compiled core, by whichever way the runtime loads wasm. */
declare module '#wasm' {
  export default function compiled(): WebAssembly.Module
}
