// The core's module as a Worker is uploaded with it: compiled, beside the script.

import module from './pintle.wasm'

export default (): WebAssembly.Module => module
