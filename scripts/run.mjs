// Runs a command. What it prints is shown when it fails; while it takes long, the time is told.

import { spawn } from 'node:child_process'

import { root } from './project.mjs'

/** A command that failed, or a thing that is missing: said in words that tell the mend. */
export class Failed extends Error {
  /** What the command printed. */
  output = ''
}

/**
 * Runs `command` and resolves to what it printed, or rejects with `Failed`.
 * `what` tells people what it is for; `live` shows its output while it runs.
 */
export async function run(command, args, { what, live = false, env = {} } = {}) {
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  const ticker = setInterval(() => console.log(`  … ${what ?? command} (${seconds()} s)`), 15_000)
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
      if (live) process.stdout.write(text)
    })
  }
  const code = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', resolve)
  })
  clearInterval(ticker)
  if (code !== 0) {
    const shown = live ? '' : `:\n${output.trimEnd()}`
    throw Object.assign(new Failed(`could not ${what ?? `run ${command}`} (${code})${shown}`), { output })
  }
  if (what && seconds() > 2) console.log(`  ✓ ${what} (${seconds()} s)`)
  return output
}
