// The feed's module as a Worker is uploaded with it: compiled, beside the script.

export { default } from './feed.wasm'
