// Modules that the build makes beside those of this folder: the wasm module, and the settings that are built in.

/** The compiled core, by whichever way the runtime loads wasm. */
declare module '#wasm' {
  export default function compiled(): WebAssembly.Module
}

/** The personalization.json of who deploys the Worker: its text, or what it holds. */
declare module 'pintle/personalization.json' {
  const personalization: unknown
  export default personalization
}

declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}
