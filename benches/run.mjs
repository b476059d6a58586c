// `npm run bench`: every bench, one after the other, with the arguments that were given; `--only NAME` runs one of them.

import { spawnSync } from 'node:child_process'
import path from 'node:path'

const BENCHES = ['edge', 'feed', 'load', 'next', 'recommend', 'decide']

const args = process.argv.slice(2)
const at = args.findIndex((arg, at) => arg === '--only' && BENCHES.includes(args[at + 1]))
const [, only] = at < 0 ? [] : args.splice(at, 2)
for (const bench of only ? [only] : BENCHES) {
  const file = path.join(import.meta.dirname, bench, 'run.mjs')
  const { status } = spawnSync(process.execPath, [file, ...args], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
