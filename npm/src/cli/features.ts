// `pintle features`: what is done with declarations of features. `import` translates those of RudderStack Profiles.

import { writeFile } from 'node:fs/promises'

import { Command, InvalidArgumentError } from 'commander'

import { EXIT, WrongUsage } from './failure.js'
import { read, why } from './input.js'

interface Options {
  out?: string
  entity?: string
  event?: Record<string, string>
  json?: boolean
}

export const features = (): Command =>
  new Command('features').description('Features of visitors, declared in a personalization.json.').addCommand(imports())

const imports = (): Command =>
  new Command('import')
    .description(
      'Translates a RudderStack Profiles project to the sections `identity` and `profile` of a personalization.json, and tells each part that it does not translate, with its place and why.',
    )
    .argument('<files...>', 'profiles.yaml, and the inputs.yaml and pb_project.yaml of the same project, in any order')
    .option('--out <file>', 'writes there, rather than to standard output')
    .option('--entity <name>', 'the entity that is the visitor; `user`, or the only one, when left out')
    .option(
      '--event <table=name>',
      "an event's name as it is sent, for its name in the warehouse (`order_completed=Order Completed`); may be repeated",
      named,
    )
    .option(
      '--json',
      'print one JSON document: {"identity", "profile", "translated", "refused": [{"place", "at", "what"}], "notes"}',
    )
    .addHelpText(
      'after',
      `
The sections are to be merged into a personalization.json by hand. What was assumed and what was refused stands on
standard error.
Exit codes: 0 something was translated, 1 nothing was, 2 wrong usage or a file that cannot be read.

Examples:
  $ npx pintle features import models/profiles.yaml models/inputs.yaml pb_project.yaml
  $ npx pintle features import profiles.yaml inputs.yaml --event order_completed='Order completed' --out profile.json`,
    )
    .action(run)

function named(text: string, names: Record<string, string> = {}): Record<string, string> {
  const [, table, name] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (table === undefined || name === undefined)
    throw new InvalidArgumentError('It must be "order_completed=Order Completed".')
  return { ...names, [table]: name }
}

async function run(files: string[], options: Options): Promise<void> {
  // The readers of YAML and SQL are large, and the other commands need neither.
  const { translate } = await import('./features/project.js')
  const texts: [string, string][] = []
  for (const file of files)
    texts.push([file === '-' ? 'standard input' : file, await read(file, 'name the project’s YAML files')])
  const { translated, refused, notes, ...sections } = translate(texts, options)
  const summary = `${translated} translated, ${refused.length} refused`
  if (options.json) {
    console.log(JSON.stringify({ ...sections, translated, refused, notes }, null, 2))
  } else {
    for (const { place, at, what } of refused) console.error(`${place}: ${at}: ${what}`)
    for (const note of notes) console.error(`note: ${note}`)
    console.error(summary)
  }
  const isNothing = Object.keys(sections).length === 0
  if (isNothing) process.exitCode = EXIT.REFUSED
  else await write(`${JSON.stringify(sections, null, 2)}\n`, options)
}

async function write(text: string, { out, json }: Options): Promise<void> {
  if (out === undefined) {
    if (!json) process.stdout.write(text)
    return
  }
  try {
    await writeFile(out, text)
  } catch (error) {
    throw new WrongUsage(`${out} cannot be written: ${why(error)}; name another file with --out`)
  }
}
