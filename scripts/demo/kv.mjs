// What stands in the demo's KV: the profiles of its visitors, and the table of which goods go with which, as `pintle train` learns
// it of the shop's orders and `pintle load` puts it there. The command itself is not built for `npm start`: its part that trains
// is, beside the feed's module.

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

import { root } from '../project.mjs'

const source = path.join(root, 'npm/src/cli')
const build = path.join(root, 'build')

/** Each pair's `key` and `value`. */
export async function pairs() {
  const profiles = JSON.parse(await readFile(path.join(root, 'scripts/demo-profiles.json'), 'utf8'))
  return [...profiles, ...(await tableOf(path.join(root, 'scripts/demo/shop/orders.csv'), 'also_bought'))]
}

async function tableOf(orders, name) {
  const { build: bundle } = await import('esbuild')
  const outfile = path.join(build, 'demo_train.mjs')
  await bundle({
    stdin: {
      contents: "export { train } from './train.js'\nexport { tableKey, tablePairs } from './load/table.js'",
      resolveDir: source,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    alias: { '#feed-glue': path.join(build, 'feed/glue.mjs') },
    banner: { js: 'import { createRequire } from "node:module"\nconst require = createRequire(import.meta.url)' },
  })
  const { train, tableKey, tablePairs } = await import(pathToFileURL(outfile).href)
  const to = path.join(build, `${name}.jsonl`)
  await train().parseAsync([orders, '--to', to], { from: 'user' })
  const rows = (await readFile(to, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const pairOf = tablePairs(name)
  const pairs = rows.map((row, at) => pairOf({ line: at + 1, names: Object.keys(row), values: Object.values(row) }))
  return [...pairs, { key: tableKey(name), value: JSON.stringify({ items: rows.length }) }]
}
