// What `pintle load` reads: a million rows of a feature view that it makes, as JSONL, CSV and both in gzip, rows per second and
// the most memory that the command had. `--rows N` makes fewer, `--json` writes target/bench/load.json as well.

import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { createGzip } from 'node:zlib'

import { buildPackage } from '../../scripts/package.mjs'
import { root } from '../../scripts/project.mjs'
import { tell } from '../result.mjs'

const { values } = parseArgs({ options: { rows: { type: 'string' }, json: { type: 'boolean' } }, strict: false })
const ROWS = Number(values.rows ?? 1_000_000)
const PLANS = ['free', 'pro', 'enterprise']

const row = (at) => ({
  ANONYMOUS_ID: `${at.toString(16).padStart(8, '0')}-8d0e-4b7e-9a44-2c5b6d48ea90`,
  USER_MAIN_ID: `rid${at}`,
  USER_APP_SIGN_UP: at % 2 ? 1 : null,
  PLAN: PLANS[at % 3],
  ORDERS: at % 17,
  LIFETIME_VALUE: (at % 10_007) / 8,
  LAST_SEEN: '2026-08-11T11:32:44.963062Z',
  IS_MEMBER: at % 5 === 0,
})
const jsonLine = (at) => `${JSON.stringify(row(at))}\n`
const csvLine = (at) => `${Object.values(row(at)).join(',')}\n`

function* text(line, header) {
  if (header) yield header
  for (let at = 0; at < ROWS; ) {
    let lines = ''
    for (const end = Math.min(at + 1000, ROWS); at < end; at += 1) lines += line(at)
    yield lines
  }
}

/** Runs the command; resolves to what it told, with its seconds and the most memory of its process. */
async function loaded(file, folder) {
  const counted = path.join(folder, 'counted.mjs')
  await writeFile(counted, "process.on('exit', () => console.error('rss', process.resourceUsage().maxRSS))\n")
  const command = path.join(root, 'npm/dist/cli.js')
  const args = ['--import', pathToFileURL(counted).href, command, 'load', file, '--view', 'V', '--dry-run', '--json']
  const started = performance.now()
  const child = spawn(process.execPath, args, { cwd: folder })
  const [out, error] = ['', '']
  const said = { out, error }
  child.stdout.on('data', (part) => (said.out += part))
  child.stderr.on('data', (part) => (said.error += part))
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`pintle load ended with ${code}: ${said.error}`)
  const s = (performance.now() - started) / 1000
  const { written } = JSON.parse(said.out)
  if (written !== ROWS) throw new Error(`${written} of ${ROWS} rows were read`)
  return { s, rowsPerSecond: Math.round(ROWS / s), rssMb: Number(/rss (\d+)/.exec(said.error)?.[1]) / 1024 }
}

await buildPackage()
const folder = await mkdtemp(path.join(tmpdir(), 'pintle-bench-load-'))
const result = { rows: ROWS }
try {
  for (const [format, line, header] of [
    ['jsonl', jsonLine],
    ['csv', csvLine, `${Object.keys(row(0)).join(',')}\n`],
  ])
    for (const ending of ['', '.gz']) {
      const file = path.join(folder, `features.${format}${ending}`)
      const gzip = ending ? [createGzip({ level: 1 })] : []
      await pipeline(Readable.from(text(line, header)), ...gzip, createWriteStream(file))
      const { s, rowsPerSecond, rssMb } = await loaded(file, folder)
      await rm(file)
      result[format + ending] = { s: Number(s.toFixed(1)), rowsPerSecond, rssMb: Math.round(rssMb) }
      const told = `${`${format}${ending}`.padEnd(10)}${s.toFixed(1).padStart(6)} s  ${rowsPerSecond} rows/s  ${Math.round(rssMb)} MB at most`
      console.log(told)
    }
  await tell('load', result, values)
} finally {
  await rm(folder, { recursive: true, force: true })
}
