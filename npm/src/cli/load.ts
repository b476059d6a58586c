// `pintle load`: an export of a feature view, out of the warehouse, into KV or Redis. What is asked for is settled here; what is done
// with it stands in load/.

import { setFlagsFromString } from 'node:v8'

import { Command, InvalidArgumentError, Option } from 'commander'

import { KEPT_S } from '../kept.js'
import { EXIT, WrongUsage } from './failure.js'
import { repeatable } from './input.js'
import { FORMATS } from './load/file.js'
import type { LoadOptions } from './load/options.js'
import type { Loaded } from './load/run.js'
import { count } from './output.js'

export const load = (): Command =>
  new Command('load')
    .description(
      'Loads the export of a feature view (JSONL, CSV, both also as gzip, Parquet) into KV or Redis, where pages look profiles up. What was killed goes on where it was when it is run again.',
    )
    .argument('<file>', 'the export')
    .option('--local', 'into the KV of `wrangler dev` on this machine')
    .option('--remote', 'into the KV namespace at Cloudflare; CLOUDFLARE_API_TOKEN is a token that may edit it')
    .option(
      '--to <url>',
      "into a Redis, redis:// or rediss://, as RudderStack's Profiles sync writes it; `redis` is the one of REDIS_URL. REDIS_WORKSPACE_ID and REDIS_DESTINATION_ID are what its keys begin with",
    )
    .option('--out <file>', 'into a file for `wrangler kv bulk put`')
    .option('--dry-run', 'says what would be written, and writes nothing')
    .addOption(new Option('--format <name>', 'the format; by default what the name of the file tells').choices(FORMATS))
    .option(
      '--id <type=column>',
      'the type of the id and the column that has it; by default `anonymous_id` and the column of that name, in any case',
      id,
    )
    .option('--entity <name>', 'the entity of the Profiles project; by default ACTIVATION_ENTITY, or `user`')
    .option('--view <name>', 'the view; by default PROFILE_VIEW, or the `view` of personalization.json')
    .option(
      '--table <name>',
      'the file is a table of which goods go with which, as `pintle train` writes it, of this name',
    )
    .option('--column <name>', 'a column to load; may be repeated. By default all but the id', repeatable)
    .option('--text <column>', 'of CSV: a column whose values stay texts, such as `42`; may be repeated', repeatable)
    .option(
      '--separator <character>',
      'of CSV: what separates fields, or `tab`; by default what the header has',
      separator,
    )
    .option(
      '--ttl <duration>',
      'how long KV keeps a profile that is not loaded again, `60s` to `400d`, or `none`',
      duration,
      KEPT_S,
    )
    .option('--binding <name>', 'the binding of the KV namespace in wrangler.toml', 'PROFILES')
    .option('--environment <name>', 'an environment of wrangler.toml, instead of what stands at its top')
    .option('--persist-to <folder>', 'with --local: where `wrangler dev` keeps its state, if it was told to')
    .option('--account <id>', 'with --remote: by default CLOUDFLARE_ACCOUNT_ID, or what wrangler.toml has')
    .option('--namespace <id>', 'with --remote: by default what wrangler.toml has')
    .option('--timeout <seconds>', 'with --remote: how long one call may take', seconds, 60)
    .option('--again', 'begins anew, whatever an earlier run has loaded')
    .option(
      '--json',
      'print one JSON document: {"rows", "written", "rejected", "rejectedFile", "example", "rowsPerSecond"}',
    )
    .addHelpText(
      'after',
      `
Of rows with the same id the last one wins, whole. Rows that cannot be loaded are told, and kept in FILE.rejected.jsonl with
line and reason. How far it came stands in FILE.progress.json until everything is loaded.
Exit codes: 0 all rows were loaded, 1 some were rejected or it could not go on, 2 wrong usage.

Examples:
  $ npx pintle load features_by_anon.csv.gz --dry-run
  $ npx pintle load features_by_anon.csv.gz --local
  $ CLOUDFLARE_API_TOKEN=… npx pintle load features.parquet --id anonymous_id=ANON_ID --remote
  $ npx pintle load also_bought.jsonl --table also_bought --local`,
    )
    .action(run)

function id(text: string): { type: string; column?: string } {
  const [, type, column] = /^([^=:\s]+)(?:=(.+))?$/s.exec(text) ?? []
  if (type === undefined) throw new InvalidArgumentError('It must be "anonymous_id=COLUMN".')
  return { type, ...(column !== undefined && { column }) }
}

function separator(text: string): string {
  const character = text === 'tab' || text === '\\t' ? '\t' : text
  if (!/^[^"\r\n]$/.test(character)) throw new InvalidArgumentError('It must be one character, such as ";", or "tab".')
  return character
}

/** Commander takes `null` of an option for an empty text. */
const FOR_EVER = 0

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

function duration(text: string): number {
  if (text === 'none') return FOR_EVER
  const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
  const ttl = Number(number) * (UNITS[unit] ?? 0)
  if (!(ttl >= 60 && ttl <= KEPT_S)) throw new InvalidArgumentError('It must be from "60s" to "400d", or "none".')
  return ttl
}

function seconds(text: string): number {
  const number = Number(text)
  if (!(number >= 0.1 && number <= 600)) throw new InvalidArgumentError('It must be a number of seconds up to 600.')
  return number
}

async function run(file: string, options: LoadOptions): Promise<void> {
  const given = [
    options.local,
    options.remote,
    options.out !== undefined,
    options.to !== undefined,
    options.dryRun,
  ].filter(Boolean)
  if (given.length !== 1) throw new WrongUsage('name one of --local, --remote, --to URL, --out FILE and --dry-run')
  // What is read is soon done with: without this, V8 lets more of it lie than is held at any time.
  for (const flag of ['--max-semi-space-size=1', '--semi-space-growth-factor=1', '--heap-growing-percent=15'])
    setFlagsFromString(flag)
  // The other commands need none of it.
  const { settle } = await import('./load/settle.js')
  const { load } = await import('./load/run.js')
  const settled = await settle(file, options)
  const loaded = await load(settled)
  const thing = options.table === undefined ? 'profile' : 'row of the table'
  if (options.json) console.log(JSON.stringify(loaded, null, 2))
  else console.log(told(loaded, settled.destination.name, thing, options.dryRun === true).join('\n'))
  if (loaded.rejected > 0) process.exitCode = EXIT.REFUSED
}

function told(
  { rows, written, rejected, rejectedFile, example }: Loaded,
  to: string,
  thing: string,
  isDry: boolean,
): string[] {
  const all = thing === 'profile' || written === 1 ? count(written, thing) : `${written} rows of the table`
  const lines = [
    isDry
      ? `${count(rows, 'row')} read; ${all} would be written`
      : `${count(rows, 'row')} read, ${all} written to ${to}`,
  ]
  if (isDry && example !== undefined) lines.push(`the first under ${example}`)
  if (rejected > 0)
    lines.push(`${count(rejected, 'row')} rejected${rejectedFile ? `: they are in ${rejectedFile}` : ''}`)
  return lines
}
