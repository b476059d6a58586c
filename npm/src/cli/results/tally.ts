// Who saw which variation, and whether they converted then. Rows may come in any order and twice: of a visitor the first
// exposure is kept, and the last conversion, which together say it.

import { Refused, WrongUsage } from '../failure.js'
import { type Format, look, rowsOf } from '../load/file.js'
import { Meter } from '../load/meter.js'
import { isBad } from '../load/row.js'
import { list } from '../output.js'
import { type Event, eventOf, isId } from './event.js'

/** What is known of one visitor; times in milliseconds since 1970. */
interface Visitor {
  variation?: string
  exposedMs?: number
  convertedMs?: number
  /** Whether they saw more than one variation. */
  isMixed?: boolean
}

export interface Tally {
  experiment: string
  /** By variation: how many saw it, and how many of these converted. */
  variations: Map<string, { visitors: number; conversions: number }>
  excluded: number
  rows: { read: number; rejected: number }
  isNobody: boolean
}

interface Asked {
  experiment?: string
  goal?: string
  unit?: string
  format?: Format
}

export async function tallied(files: string[], asked: Asked): Promise<Tally> {
  const visitors = new Map<string, Visitor>()
  const experiments = new Set<string>()
  const rows = { read: 0, rejected: 0 }
  const meter = new Meter(0)
  try {
    for (const [at, file] of files.entries()) {
      const given = await look(file, asked.format)
      for await (const some of rowsOf(given, { isText: isId }, (share) => meter.read((at + share) / files.length)))
        for (const row of some) {
          rows.read += 1
          const event = isBad(row) ? row : eventOf(row, asked)
          if ('wrong' in event) {
            rows.rejected += 1
            if (rows.rejected <= TOLD) meter.tell(`${file}:${row.line}: ${event.wrong}`)
          } else take(visitors, experiments, event, asked)
        }
      meter.rows(rows.read)
    }
  } finally {
    meter.end()
  }
  const [experiment = '', ...others] = experiments
  if (others.length > 0 && asked.experiment === undefined)
    throw new WrongUsage(
      `the files have several experiments: name one with --experiment, of ${list([...experiments].sort())}`,
    )
  if (asked.experiment !== undefined && !experiments.has(asked.experiment))
    throw new Refused(
      `nobody was exposed to ${asked.experiment}; the files have ${list([...experiments].sort()) || 'no experiment'}`,
    )
  return { experiment: asked.experiment ?? experiment, ...counted(visitors), rows }
}

const TOLD = 5
/** More are something else's ids. */
const MOST_VARIATIONS = 1_000

function take(
  visitors: Map<string, Visitor>,
  experiments: Set<string>,
  event: Event,
  { experiment, goal }: Asked,
): void {
  if (event.exposure) {
    experiments.add(event.exposure.experiment)
    if (experiment !== undefined && event.exposure.experiment !== experiment) return
  } else if (goal !== undefined && event.name !== goal) return
  const visitor = visitors.get(event.visitor) ?? {}
  visitors.set(event.visitor, visitor)
  if (!event.exposure) {
    visitor.convertedMs = Math.max(visitor.convertedMs ?? event.atMs, event.atMs)
    return
  }
  const { variation } = event.exposure
  if (visitor.variation !== undefined && visitor.variation !== variation) visitor.isMixed = true
  visitor.variation = variation
  visitor.exposedMs = Math.min(visitor.exposedMs ?? event.atMs, event.atMs)
}

function counted(visitors: Map<string, Visitor>): Pick<Tally, 'variations' | 'excluded' | 'isNobody'> {
  const variations: Tally['variations'] = new Map()
  let excluded = 0
  for (const { variation, exposedMs, convertedMs, isMixed } of visitors.values()) {
    if (variation === undefined || exposedMs === undefined) continue
    if (isMixed) {
      excluded += 1
      continue
    }
    const of = variations.get(variation) ?? { visitors: 0, conversions: 0 }
    of.visitors += 1
    if (convertedMs !== undefined && convertedMs >= exposedMs) of.conversions += 1
    variations.set(variation, of)
  }
  if (variations.size > MOST_VARIATIONS)
    throw new Refused(
      `the files have ${variations.size} variations: variation_id must name the variation that was seen`,
    )
  // The first is the control: `0` before `1`, and before `10` its `2`.
  const sorted = [...variations].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  return { variations: new Map(sorted), excluded, isNobody: sorted.length === 0 && excluded === 0 }
}
