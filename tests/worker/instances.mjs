// Counts the wasm modules that are instantiated, and the memory that they take.

const memories = []

const { Instance } = WebAssembly
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given)
    memories.push(this.exports.memory)
  }
}

/** How many there were so far, and how many bytes each has. */
export const instances = () => ({
  instances: memories.length,
  bytes: memories.map(({ buffer }) => buffer.byteLength),
})
