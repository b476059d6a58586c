// Counts the wasm modules that are instantiated, from before anything else is loaded.

export const instances = { count: 0 }

const { Instance } = WebAssembly
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given)
    instances.count += 1
  }
}
