// `npm run bench`: every bench, one after the other, with the arguments that were given.

import { spawnSync } from 'node:child_process'
import path from 'node:path'

for (const bench of ['edge', 'next']) {
  const file = path.join(import.meta.dirname, bench, 'run.mjs')
  const { status } = spawnSync(process.execPath, [file, ...process.argv.slice(2)], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
