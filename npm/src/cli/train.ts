// `pintle train`: orders become a table of which goods go with which, a good a line. What is learnt of them is the feed's module's
// to say (feed/src/recommendation/training.rs).

import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { Command, Option } from 'commander'

import { EXIT, Refused, WrongUsage } from './failure.js'
import { startGlue } from './feed.js'
import { why } from './input.js'
import { FORMATS, type Format, look, rowsOf } from './load/file.js'
import { Meter } from './load/meter.js'
import { Rejected } from './load/rejected.js'
import { isBad } from './load/row.js'
import { count } from './output.js'
import { columnOf, Purchases } from './train/orders.js'

interface Options {
  to: string
  person: string
  item: string
  at: string
  format?: Format
  separator?: string
  json?: boolean
}

export const train = (): Command =>
  new Command('train')
    .description(
      'Learns of orders (JSONL, CSV, both also as gzip, Parquet) which goods go with which, and writes a table of it: of each good the fifty that are bought after it, and by the same people. `pintle load --table` puts it into KV.',
    )
    .argument('<file>', 'orders: a row has who bought, what, and when')
    .requiredOption('--to <file>', 'the table, as JSONL: {"item": "a", "neighbours": [["b", 0.5], …]}')
    .option('--person <column>', 'who bought', 'user_id')
    .option('--item <column>', 'what; a path leads into JSON, as in `products[*].product_id`', 'product_id')
    .option('--at <column>', 'when: a date and time, or a number', 'timestamp')
    .addOption(new Option('--format <name>', 'the format; by default what the name of the file tells').choices(FORMATS))
    .option('--separator <character>', 'of CSV: what separates fields; by default what the header has')
    .option(
      '--json',
      'print one JSON document: {"purchases", "people", "goods", "rejected", "rejectedFile", "trainedMs"}',
    )
    .addHelpText(
      'after',
      `
Columns are found in any case. Of purchases at the same time the one that stands first was first. Rows that cannot be read are
told, and kept in FILE.rejected.jsonl with line and reason.
Exit codes: 0 all rows were read, 1 some were rejected, 2 wrong usage.

Examples:
  $ npx pintle train orders.csv --to also_bought.jsonl
  $ npx pintle train orders.jsonl.gz --item 'products[*].product_id' --to also_bought.jsonl
  $ npx pintle load also_bought.jsonl --table also_bought --local`,
    )
    .action(run)

async function run(file: string, options: Options): Promise<void> {
  const { purchases, rejected } = await read(file, options)
  if (purchases.who.length === 0)
    throw new Refused(`${file} has no purchase that could be read: --help tells its columns`)
  const started = performance.now()
  const glue = await startGlue()
  const { who, what, when } = purchases
  const trained = glue.trainTable(Uint32Array.from(who), Uint32Array.from(what), Float64Array.from(when))
  const trainedMs = Math.round(performance.now() - started)
  try {
    await pipeline(Readable.from(lines(trained, purchases.goods.all)), createWriteStream(options.to))
  } catch (error) {
    throw new WrongUsage(`${options.to} cannot be written: ${why(error)}; name another file with --to`)
  }
  const { people, goods } = { people: purchases.people.all.length, goods: purchases.goods.all.length }
  const kept = rejected.count > 0 ? { rejectedFile: rejected.file } : {}
  const result = { purchases: who.length, people, goods, rejected: rejected.count, ...kept, trainedMs }
  const told = [
    `${count(who.length, 'purchase')} by ${people === 1 ? 'one person' : `${people} people`} read, a table of ${goods === 1 ? 'one good' : `${goods} goods`} written to ${options.to}`,
    ...(rejected.count > 0 ? [`${count(rejected.count, 'row')} rejected: they are in ${rejected.file}`] : []),
  ]
  console.log(options.json ? JSON.stringify(result, null, 2) : told.join('\n'))
  if (rejected.count > 0) process.exitCode = EXIT.REFUSED
}

async function read(file: string, { person, item, at, format, separator }: Options) {
  const columns = [person, item].map((path) => columnOf(path).toLowerCase())
  // An id such as `1e3` is no number.
  const isText = (column: string) => columns.includes(column.toLowerCase())
  const given = await look(file, format)
  const purchases = new Purchases({ person, item, at })
  const rejected = new Rejected(file, { isKept: true })
  await rejected.begin(0, 0)
  const meter = new Meter(0)
  let rows = 0
  try {
    for await (const some of rowsOf(given, { separator, isText }, (share) => meter.read(share))) {
      for (const row of some) {
        rows += 1
        const bad = isBad(row) ? row : purchases.add(row)
        if (bad) await rejected.add(bad, (line) => meter.tell(line))
      }
      meter.rows(rows)
    }
    await rejected.flush()
  } finally {
    meter.end()
    await rejected.close()
  }
  return { purchases, rejected }
}

/** The lines of the table, some at a time, out of what the module tells: how many neighbours, and of each its number and worth. */
function* lines(trained: Float64Array, goods: string[]): Generator<string> {
  let at = 0
  let text = ''
  for (const item of goods) {
    const end = at + 1 + 2 * (trained[at] ?? 0)
    const neighbours: [string | undefined, number][] = []
    for (at += 1; at < end; at += 2)
      neighbours.push([goods[trained[at] as number], Number(trained[at + 1]?.toPrecision(4))])
    if (neighbours.length > 0) text += `${JSON.stringify({ item, neighbours })}\n`
    if (text.length > 1024 * 1024) {
      yield text
      text = ''
    }
  }
  yield text
}
