// `pintle check`: all that is wrong with a personalization.json, and with the variables and bindings beside it.

import { Command, InvalidArgumentError } from 'commander'

import type { Personalization } from '../shell/options.js'
import { EXIT, WrongUsage } from './failure.js'
import { startFeed } from './feed.js'
import { environmentOptions, read, repeatable, variables } from './input.js'
import { type Judged, judge } from './judge.js'
import { hasFeed, judgeFeed, together } from './judge_feed.js'
import { count, list, print } from './output.js'
import { surroundings } from './surroundings.js'

interface Options {
  env?: boolean
  vars?: string[]
  environment?: string
  source?: string[]
  json?: boolean
}

export function check(): Command {
  const command = new Command('check')
    .description(
      'Tells all mistakes in a personalization.json and in what it runs with, each with its place: in wrangler.toml and .dev.vars of a Worker, in .env.local of a Next.js app.',
    )
    .argument('[file]', '`-` reads standard input', 'personalization.json')
  for (const option of environmentOptions()) command.addOption(option)
  return command
    .option('--environment <name>', 'an environment of wrangler.toml, instead of what stands at its top')
    .option(
      '--source <name>',
      'a source of profiles that no file tells of: `function` (`profile` of createMiddleware and createHandler), `kv` or `people` (a Worker with PROFILES or PEOPLE bound); may be repeated',
      source,
    )
    .option('--json', 'print JSON: {"file", "with", "ok", "mistakes": [{"at", "what"}], "notes"}')
    .addHelpText(
      'after',
      `
Variables and bindings are taken from the files beside the personalization, else in this folder: from wrangler.toml (or
.json, .jsonc) and .dev.vars, or from the .env files that \`next dev\` reads. What --env and --vars give takes the place
of .dev.vars and .env files.
Exit codes: 0 nothing is wrong, 1 there are mistakes, 2 wrong usage.

Examples:
  $ npx pintle check
  $ npx pintle check --vars .env.production            with the variables of another machine
  $ npx pintle check --environment staging --env       an environment of wrangler.toml, with secrets of this shell
  $ curl -s https://example.com/draft.json | npx pintle check -`,
    )
    .action(run)
}

/** The sources that somebody must bring. */
const SOURCES = ['kv', 'people', 'function']

function source(name: string, names?: string[]): string[] {
  if (!SOURCES.includes(name)) throw new InvalidArgumentError('It must be `kv`, `people` or `function`.')
  return repeatable(name, names)
}

async function run(file: string, options: Options): Promise<void> {
  const text = await read(file, '`npx pintle init` writes one')
  const { mistakes, notes, files } = await judgedBeside(file, text, options)
  const isRight = mistakes.length === 0
  const checked = {
    file: file === '-' ? 'standard input' : file,
    with: [...files, ...(options.vars ?? [])],
    ok: isRight,
    mistakes,
    notes: isRight ? notes : [],
  }
  print(checked, told(checked, text), options)
  if (!isRight) process.exitCode = EXIT.REFUSED
}

/** Judges the text of a file with all that lies beside it; `files` are what that was read from. */
export async function judgedBeside(
  file: string,
  text: string,
  options: Pick<Options, 'env' | 'vars' | 'environment' | 'source'>,
): Promise<Judged & { files: string[] }> {
  const given = await variables(options)
  const found = await surroundings(file, given, options.environment)
  if (options.environment !== undefined && found?.kind !== 'worker')
    throw new WrongUsage('--environment names one of a wrangler.toml, and there is none: leave it out')
  const environment = found?.variables ?? given ?? (options.source && {})
  const sources = new Set([...(found?.sources ?? []), ...(options.source ?? [])])
  const pages = judge(text, environment, [...sources], found)
  const isFed = hasFeed(text, environment) || found?.people?.className !== undefined
  const judged = isFed ? together(pages, judgeFeed(text, environment, [...sources], found, await startFeed())) : pages
  return { ...judged, files: found?.files ?? [] }
}

function told(
  { file, with: files, mistakes, notes }: Judged & { file: string; with: string[] },
  text: string,
): string[] {
  if (mistakes.length > 0)
    return [
      ...mistakes.map(({ at, what }) => `${at}: ${what}`),
      `${list([file, ...files])}: ${count(mistakes.length, 'mistake')}`,
    ]
  const right = files.length > 0 ? `right with ${list(files)}` : 'right'
  return [`${file} is ${right}: ${summary(text)}`, ...notes]
}

function summary(text: string): string {
  const { features, deliver = [] } = JSON.parse(text) as Personalization
  const cookies = deliver.map(({ cookie }) => cookie.name)
  return [
    `it decides ${list(Object.keys(features)) || 'nothing'}`,
    cookies.length > 0 ? `and writes ${list(cookies)}` : 'and writes no cookie',
  ].join(' ')
}
