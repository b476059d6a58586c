// The command `pintle`: everything a web engineer does without Rust. Its parts are one file each.

import { readFileSync } from 'node:fs'

import { Command, CommanderError } from 'commander'

import { check } from './check.js'
import { explain } from './explain.js'
import { EXIT, Refused } from './failure.js'
import { features } from './features.js'
import { init } from './init.js'
import { keygen } from './keygen.js'
import { load } from './load.js'
import { publish } from './publish.js'
import { results } from './results.js'
import { train } from './train.js'

// Whoever reads our output may stop, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const program = new Command('pintle')
  .description('Knows who a visitor is before the page is served.')
  .version(version, '-v, --version')
  .showHelpAfterError('(--help tells how)')
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'pintle: ')) })
  .exitOverride()
  .addHelpText(
    'after',
    `
Exit codes: 0 fine, 1 mistakes were found or something was refused, 2 wrong usage.

Examples:
  $ npx pintle init                                      sets up the project in this folder
  $ npx pintle check                                     tells what is wrong with personalization.json
  $ npx pintle explain --anonymous-id 3f1c6a52 --profile '{"USER_APP_SIGN_UP": 1}'
  $ npx pintle features import profiles.yaml inputs.yaml translates features of RudderStack Profiles
  $ npx pintle load features.csv.gz --local              puts a warehouse's export into KV
  $ npx pintle train orders.csv --to also_bought.jsonl   learns which goods go with which
  $ npx pintle publish --remote                          has running Workers take it, without a deploy
  $ npx pintle results experiment_viewed.csv orders.csv  reads what an experiment brought
  $ npx pintle keygen                                    makes a key for TICKET_KEYS`,
  )
for (const command of [init(), check(), explain(), features(), load(), train(), publish(), results(), keygen()]) {
  program.addCommand(command.copyInheritedSettings(program))
  for (const part of command.commands) part.copyInheritedSettings(command)
}

/** Says what went wrong and leaves with the right code. */
function end(error: unknown): void {
  let { message } = error as Error
  if (error instanceof CommanderError) {
    // Commander has said it.
    process.exitCode = error.exitCode === 0 ? EXIT.FINE : EXIT.WRONG_USAGE
    message = message.replace(/^error: /, '')
  } else {
    process.exitCode = error instanceof Refused ? error.exitCode : EXIT.REFUSED
    console.error(`pintle: ${message}`)
  }
  if (process.exitCode !== EXIT.FINE && process.argv.includes('--json'))
    console.log(JSON.stringify({ error: message }, null, 2))
}

try {
  await program.parseAsync()
} catch (error) {
  end(error)
}
