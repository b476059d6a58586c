// `pintle publish`: a personalization.json, checked, into KV, from where running Workers take it within a minute; and back.
//
// The one before stays beside it. An empty text is none: then what was deployed runs.

import { createHash } from 'node:crypto'

import { Command } from 'commander'

import { KEY, KEY_BEFORE, MOST_LENGTH } from '../shell/published.js'
import { judgedBeside } from './check.js'
import { Refused, WrongUsage } from './failure.js'
import { read } from './input.js'
import type { Destination } from './load/destination.js'
import { local, localValues } from './load/local.js'
import { remote, remoteValue } from './load/remote.js'
import { beside, remoteOf } from './load/settle.js'
import { count, print } from './output.js'

interface Options {
  local?: boolean
  remote?: boolean
  back?: boolean
  withdraw?: boolean
  binding: string
  environment?: string
  persistTo?: string
  account?: string
  namespace?: string
  json?: boolean
}

/** How long one call to Cloudflare may take, in seconds. */
const TIMEOUT_S = 30

export const publish = (): Command =>
  new Command('publish')
    .description(
      'Checks a personalization.json and puts it into KV: running Workers take it within a minute, without a deploy.',
    )
    .argument('[file]', '`-` reads standard input', 'personalization.json')
    .option('--local', 'into the KV of `wrangler dev` on this machine')
    .option('--remote', 'into the KV namespace at Cloudflare; CLOUDFLARE_API_TOKEN is a token that may edit it')
    .option('--back', 'publishes the one before instead; again, and it is undone')
    .option('--withdraw', 'publishes none: what was deployed runs')
    .option('--binding <name>', 'the binding of the KV namespace in wrangler.toml', 'PROFILES')
    .option('--environment <name>', 'an environment of wrangler.toml, instead of what stands at its top')
    .option('--persist-to <folder>', 'with --local: where `wrangler dev` keeps its state, if it was told to')
    .option('--account <id>', 'with --remote: by default CLOUDFLARE_ACCOUNT_ID, or what wrangler.toml has')
    .option('--namespace <id>', 'with --remote: by default what wrangler.toml has')
    .option(
      '--json',
      'print JSON: {"published", "before"}, versions as /_pintle/health tells them, null for the deployed',
    )
    .addHelpText(
      'after',
      `
Exit codes: 0 published, 1 there are mistakes or it was refused, and what ran runs on; 2 wrong usage.

Examples:
  $ npx pintle publish --local
  $ CLOUDFLARE_API_TOKEN=… npx pintle publish --remote
  $ CLOUDFLARE_API_TOKEN=… npx pintle publish --remote --back`,
    )
    .action(run)

async function run(file: string, options: Options): Promise<void> {
  if (Boolean(options.local) === Boolean(options.remote)) throw new WrongUsage('name one of --local and --remote')
  if (options.back && options.withdraw) throw new WrongUsage('name one of --back and --withdraw')
  const { to, values } = await destination(options)
  // What is wrong is told before anything is asked.
  const own = options.back || options.withdraw ? '' : (await read(file, '`npx pintle init` writes one')).trim()
  if (own) await check(file, own, options)
  const [now = '', before] = await values([KEY, KEY_BEFORE])
  if (options.back && before === undefined) throw new Refused('there is none before: nothing was published yet')
  const next = options.back ? (before ?? '') : own
  if (options.back && next) await check('the one before', next, options)
  if (next !== now) await to.put([pair(KEY_BEFORE, now), pair(KEY, next)])
  const told = { published: version(next), before: version(next === now ? (before ?? '') : now) }
  const line =
    next === now
      ? `${named(next)} is published in ${to.name} already`
      : `${named(next)} is published in ${to.name} instead of ${named(now)}: Workers take it within a minute`
  print(told, [line], options)
}

async function destination(
  options: Options,
): Promise<{ to: Destination; values: (keys: string[]) => Promise<(string | undefined)[]> }> {
  if (options.local) return { to: local(options), values: (keys) => localValues(keys, options) }
  const at = remoteOf({ ...options, timeout: TIMEOUT_S }, await beside(options.environment))
  return { to: remote(at), values: (keys) => Promise.all(keys.map((key) => remoteValue(key, at))) }
}

async function check(file: string, text: string, { environment }: Options): Promise<void> {
  if (text.length > MOST_LENGTH)
    throw new Refused(`${file} is longer than ${MOST_LENGTH} characters, and is not published`)
  const place = file === '-' || file.includes(' ') ? 'personalization.json' : file
  const { mistakes } = await judgedBeside(place, text, { ...(environment !== undefined && { environment }) })
  if (mistakes.length === 0) return
  const lines = mistakes.map(({ at, what }) => `${at}: ${what}`)
  throw new Refused([`${file} has ${count(mistakes.length, 'mistake')}, and is not published:`, ...lines].join('\n  '))
}

const pair = (key: string, value: string) => JSON.stringify({ key, value })

const version = (text: string) => (text ? createHash('sha256').update(text).digest('hex').slice(0, 8) : null)

const named = (text: string) => version(text) ?? 'the deployed one'
