// `npm run deploy`: installs what is missing and runs `wrangler deploy`, which builds. Arguments are handed on:
// `npm run deploy -- --dry-run`.

import { run } from './run.mjs'
import { giveUp, packages, rust } from './tools.mjs'

try {
  await rust()
  await packages()
  await run('npx', ['--no-install', 'wrangler', 'deploy', ...process.argv.slice(2)], { what: 'deploy', live: true })
} catch (error) {
  giveUp(error)
}
