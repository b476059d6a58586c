// `pintle check`: all that is wrong with a personalization.json, and with the variables beside it.

import { Command, InvalidArgumentError } from 'commander'

import { checkPersonalization, checkSettings, type Mistake } from '../core/check.js'
import type { Personalization } from '../shell/options.js'
import { EXIT } from './failure.js'
import { environmentOptions, read, repeatable, type Variables, variables } from './input.js'
import { count, list, print } from './output.js'

interface Options {
  env?: boolean
  vars?: string[]
  source?: string[]
  json?: boolean
}

export function check(): Command {
  const command = new Command('check')
    .description('Tells all mistakes in a personalization.json, each with its place.')
    .argument('[file]', '`-` reads standard input', 'personalization.json')
  for (const option of environmentOptions()) command.addOption(option)
  return command
    .option(
      '--source <name>',
      'a source of profiles that no variable tells of: `kv` (a Worker with PROFILES bound) or `function` (`profile` of createMiddleware and createHandler); may be repeated',
      source,
    )
    .option('--json', 'print JSON: {"file", "ok", "mistakes": [{"at", "what"}], "notes"}')
    .addHelpText(
      'after',
      `
Exit codes: 0 nothing is wrong, 1 there are mistakes, 2 wrong usage.

Examples:
  $ npx pintle check
  $ npx pintle check --vars .env.local                 with the variables of a Next.js app
  $ npx pintle check --vars .dev.vars --source kv      with the secrets of a Worker
  $ curl -s https://example.com/draft.json | npx pintle check -`,
    )
    .action(run)
}

function source(name: string, names?: string[]): string[] {
  if (name !== 'kv' && name !== 'function') throw new InvalidArgumentError('It must be `kv` or `function`.')
  return repeatable(name, names)
}

async function run(file: string, options: Options): Promise<void> {
  const text = await read(file, '`npx pintle init` writes one')
  const environment = (await variables(options)) ?? (options.source && {})
  const mistakes = environment ? within(text, environment, options.source) : checkPersonalization(text)
  const name = file === '-' ? 'standard input' : file
  const notes = mistakes.length === 0 && environment ? advice(environment) : []
  const lines =
    mistakes.length > 0
      ? [...mistakes.map(({ at, what }) => `${at}: ${what}`), `${name}: ${count(mistakes.length, 'mistake')}`]
      : [`${name} is right: ${summary(text)}`, ...notes]
  print({ file: name, ok: mistakes.length === 0, mistakes, notes }, lines, options)
  if (mistakes.length > 0) process.exitCode = EXIT.REFUSED
}

/** A Worker runs the file that `PERSONALIZATION` holds instead of the one that was built in. */
function within(text: string, environment: Variables, sources: string[] = []): Mistake[] {
  const { PERSONALIZATION: other, ...rest } = environment
  const others = other?.trim() ? checkPersonalization(other) : []
  return [
    ...checkSettings(text, rest, sources),
    ...others.map(({ at, what }) => ({ at: `PERSONALIZATION ${at}`, what })),
  ]
}

function advice({ TICKET_KEYS, PERSONALIZATION }: Variables): string[] {
  const notes = []
  if (!TICKET_KEYS)
    notes.push('TICKET_KEYS is not set: every page view looks its visitor up; `npx pintle keygen` makes a key')
  if (PERSONALIZATION) notes.push('PERSONALIZATION is set: a Worker runs what it holds, and not this file')
  return notes
}

function summary(text: string): string {
  const { features, deliver = [] } = JSON.parse(text) as Personalization
  const cookies = deliver.map(({ cookie }) => cookie.name)
  return [
    `it decides ${list(Object.keys(features)) || 'nothing'}`,
    cookies.length > 0 ? `and writes ${list(cookies)}` : 'and writes no cookie',
  ].join(' ')
}
