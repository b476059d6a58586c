// `npm test`: installs what is missing and runs every suite. Its last line counts over all of them.

import { readdir } from 'node:fs/promises'
import path from 'node:path'

import { root } from './project.mjs'
import { run } from './run.mjs'
import { browser, giveUp, nginx, packages, redisJson, redisServer, rust } from './tools.mjs'

const total = { passed: 0, failed: 0, skipped: 0 }

function count({ passed, failed, skipped }) {
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
}

/** Runs one suite; a suite that cannot run at all counts as one failure. */
async function suite(what, tests) {
  const started = Date.now()
  console.log(`\n━━ ${what}`)
  try {
    const counts = await tests()
    count(counts)
    const seconds = Math.round((Date.now() - started) / 1000)
    console.log(
      `━━ ${what}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${seconds} s)`,
    )
  } catch (error) {
    count({ passed: 0, failed: 1, skipped: 0 })
    console.log(`${error.message}\n━━ ${what}: FAILED`)
  }
}

/**
 * Runs a test runner and sums what a pattern with the groups passed, failed and skipped finds in its output. A runner
 * that says it failed did, even if it counted no failed test: it may have crashed, or cancelled some.
 */
async function counted(command, args, { pattern, env }) {
  const { output, hasFailed } = await run(command, args, { live: true, env }).then(
    (output) => ({ output, hasFailed: false }),
    (error) => ({ output: error.output, hasFailed: true }),
  )
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const { groups } of output.matchAll(pattern)) {
    for (const key of Object.keys(counts)) counts[key] += Number(groups[key])
  }
  if (counts.passed + counts.failed + counts.skipped === 0) throw new Error('no test was run')
  if (hasFailed && counts.failed === 0) counts.failed = 1
  return counts
}

const cargo = (...args) =>
  counted('cargo', ['test', '--locked', '--no-fail-fast', ...args], {
    pattern: /^test result: .*?(?<passed>\d+) passed; (?<failed>\d+) failed; (?<skipped>\d+) ignored/gm,
  })

/** The tests of the boundary, compiled to wasm32 and run in Node.js by wasm-bindgen's own runner. */
async function wasm() {
  const runner = ['--package', 'test-runner', '--bin', 'wasm-bindgen-test-runner']
  await run('cargo', ['build', '--locked', ...runner], { what: 'compile the runner of tests on wasm32' })
  return cargo('-p', 'pintle', '--tests', '--target', 'wasm32-unknown-unknown')
}

/** Node's own runner, one test file after the other: several at once would fight over two cores. */
async function node(folder, env) {
  const names = (await readdir(path.join(root, 'tests', folder))).filter((name) => name.endsWith('.test.mjs'))
  const files = names.sort().map((name) => path.join('tests', folder, name))
  return counted(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files], {
    pattern: /^ℹ pass (?<passed>\d+)\nℹ fail (?<failed>\d+)\nℹ cancelled \d+\nℹ skipped (?<skipped>\d+)/gm,
    env,
  })
}

/** `npm run test:next`: every version, bundler and kind of middleware, where `npm test` takes two. */
const isNextAlone = process.argv.includes('--next')

try {
  await rust()
  await packages()
  const CHROMIUM = await browser()
  await nginx()
  await redisServer()
  await redisJson()
  const { buildWorker } = await import('./build.mjs')
  const { buildPackage } = await import('./package.mjs')
  if (isNextAlone) {
    await buildPackage()
    await suite('Next.js apps, all', () => node('next', { CHROMIUM, NEXT_APPS: 'all' }))
  } else {
    const { lint } = await import('./lint.mjs')
    await suite('the Rust core and the rules of the feed', () => cargo())
    await suite('the wasm boundary, in Rust', wasm)
    await suite('lints', lint)
    await buildWorker()
    await buildPackage()
    await suite('the wasm boundary, in Node.js', () => node('wasm'))
    await suite('the Worker, in workerd', () => node('worker'))
    await suite('the feed, in workerd', () => node('feed'))
    await suite('the npm package, as packed', () => node('npm', { CHROMIUM }))
    await suite('Next.js apps', () => node('next', { CHROMIUM }))
    await suite('the commands', () => node('commands'))
    await suite('the README', () => node('readme', { CHROMIUM }))
    await suite('the site, in Chromium', () => node('browser', { CHROMIUM }))
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  process.exitCode = total.failed > 0 ? 1 : 0
} catch (error) {
  giveUp(error)
}
