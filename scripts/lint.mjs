// `npm run lint`: formatting, lints and documentation of every build of the crate, and of the JavaScript.

import { isProgram } from './project.mjs'
import { run } from './run.mjs'
import { giveUp, packages, rust } from './tools.mjs'

const clippy = (...args) => ['clippy', '--locked', ...args, '--', '-D', 'warnings']
const wasm = ['--lib', '--target', 'wasm32-unknown-unknown']
const boundary = ['-p', 'pintle', ...wasm, '--features', 'ahead,check,told']
const feed = ['-p', 'pintle-feed', ...wasm]
const docs = { RUSTDOCFLAGS: '-D warnings' }

/** What each check is for, its command, and its environment. */
const checks = [
  ['Rust is formatted', 'cargo', ['fmt', '--all', '--check']],
  ['clippy, natively', 'cargo', clippy('--workspace', '--all-targets')],
  ['clippy, the boundary', 'cargo', clippy(...boundary)],
  ['clippy, tests on wasm32', 'cargo', clippy('-p', 'pintle', '--tests', '--target', 'wasm32-unknown-unknown')],
  ['clippy, the feed on Cloudflare', 'cargo', clippy(...feed)],
  ['documentation of the core and of the feed’s rules', 'cargo', ['doc', '--locked', '--no-deps', '--lib'], docs],
  ['documentation of the boundary', 'cargo', ['doc', '--locked', '--no-deps', ...boundary], docs],
  ['documentation of the feed on Cloudflare', 'cargo', ['doc', '--locked', '--no-deps', ...feed], docs],
  ['JavaScript is formatted and linted', 'npx', ['--no-install', 'biome', 'ci', '--error-on-warnings', '--colors=off']],
]

/** Runs every check and tells each; resolves to how many passed and failed. */
export async function lint() {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const [what, command, args, env] of checks) {
    try {
      await run(command, args, { what, env })
      counts.passed += 1
      console.log(`ok   ${what}`)
    } catch (error) {
      counts.failed += 1
      console.log(`FAIL ${what}\n${error.message}`)
    }
  }
  return counts
}

if (isProgram(import.meta.url)) {
  try {
    await rust()
    await packages()
    const { failed } = await lint()
    process.exitCode = failed > 0 ? 1 : 0
  } catch (error) {
    giveUp(error)
  }
}
