// `pintle results`: who saw which variation and what they did then, out of a warehouse's export, as one can read it.

import { Command, InvalidArgumentError } from 'commander'

import { EXIT, Refused } from './failure.js'
import { FORMATS, type Format } from './load/file.js'
import { count, print } from './output.js'
import type { Result } from './results/judgement.js'

interface Options {
  experiment?: string
  goal?: string
  weights?: number[]
  unit?: string
  format?: Format
  json?: boolean
}

export const results = (): Command =>
  new Command('results')
    .description(
      'Reads exposures and conversions (JSONL, CSV, Parquet) and says, per variation, how many visitors it had, how many of them did what was hoped for, and whether that can be chance.',
    )
    .argument('<file...>', "exports of RudderStack's events: `Experiment Viewed`, and what is hoped for")
    .option('--experiment <key>', 'the experiment; by default the only one in the files')
    .option('--goal <event>', 'the event that is hoped for; by default every other than `Experiment Viewed`')
    .option(
      '--weights <list>',
      'the shares in which visitors were split, such as `0.5,0.5`; by default equal ones',
      weights,
    )
    .option('--unit <column>', 'the column by which a visitor is one; by default `anonymous_id`')
    .option('--format <name>', `${FORMATS.join(', ')}; by default what the names of the files tell`)
    .option('--json', 'print JSON: {"experiment", "variations", "excluded", "split", "rows"}')
    .addHelpText(
      'after',
      `
A visitor counts for the variation that they saw, and converted when the event came at or after that. Who saw two variations is
left out, and told. Intervals are of 95 %: the rate's by Wilson, the lift's of the ratio of rates by Katz; p is of the
chi-square test without correction, against the first variation. The split is doubted below p = 0.001.
Exit codes: 0 told, 1 the split is not as it should be, or it was refused; 2 wrong usage.

Examples:
  $ npx pintle results experiment_viewed.csv order_completed.csv
  $ npx pintle results events.jsonl.gz --experiment cta --goal "Order Completed" --weights 0.9,0.1`,
    )
    .action(run)

function weights(text: string): number[] {
  const all = text.split(',').map(Number)
  if (all.length < 2 || all.some((weight) => !(weight > 0 && weight < Infinity)))
    throw new InvalidArgumentError('It must be like "0.5,0.5".')
  return all
}

async function run(files: string[], options: Options): Promise<void> {
  // The other commands need none of it.
  const { tallied } = await import('./results/tally.js')
  const { judged } = await import('./results/judgement.js')
  const tally = await tallied(files, options)
  if (tally.isNobody) throw new Refused(`nobody was exposed: the files have no row with an experiment and a variation`)
  const result = judged(tally, options.weights)
  print(result, lines(result), options)
  if (result.split.isDoubted) process.exitCode = EXIT.REFUSED
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`
const signed = (share: number) => `${share < 0 ? '−' : '+'}${(Math.abs(share) * 100).toFixed(1)} %`

function lines({ experiment, variations, excluded, split, rows }: Result): string[] {
  const table = [
    ['variation', 'visitors', 'converted', 'rate (95 %)', 'lift (95 %)', 'p'],
    ...variations.map(({ variation, visitors, conversions, rate, interval, lift, p }) => [
      variation,
      `${visitors}`,
      `${conversions}`,
      `${percent(rate)} (${percent(interval[0])} to ${percent(interval[1])})`,
      lift ? `${signed(lift.is)} (${signed(lift.interval[0])} to ${signed(lift.interval[1])})` : '',
      p === undefined ? '' : p < 0.0001 ? '< 0.0001' : p.toFixed(4),
    ]),
  ]
  const widths = table[0]?.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0))) ?? []
  const notes = []
  if (excluded > 0) notes.push(`Left out, for they saw two variations: ${count(excluded, 'visitor')}.`)
  if (rows.rejected > 0) notes.push(`${count(rows.rejected, 'row')} of ${rows.read} could not be read.`)
  notes.push(
    split.isDoubted
      ? `THE SPLIT IS NOT AS IT SHOULD BE (p = ${split.p.toExponential(1)}): something else than chance decides who is counted, so none of this can be trusted.`
      : `The split is as it should be (p = ${split.p.toFixed(3)}).`,
  )
  return [
    `Experiment ${experiment}`,
    ...table.map((row) =>
      row
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
    ...notes,
  ]
}
