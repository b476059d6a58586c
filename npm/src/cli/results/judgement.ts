// What the counts of an experiment say, and whether they can be believed. The distributions are the library's (jstat), which
// agrees with SciPy; what is asked of them stands here.

import jstat from 'jstat'

import { WrongUsage } from '../failure.js'
import type { Tally } from './tally.js'

const { jStat } = jstat

export interface Variation {
  variation: string
  visitors: number
  conversions: number
  rate: number
  interval: [low: number, high: number]
  /** Against the first variation, of which there is none: how much more or less it converts, as a share. */
  lift?: { is: number; interval: [low: number, high: number] }
  p?: number
}

export interface Result {
  experiment: string
  variations: Variation[]
  excluded: number
  /** Whether visitors fell into the variations as they should: a sample ratio mismatch. */
  split: { expected: number[]; p: number; isDoubted: boolean }
  rows: { read: number; rejected: number }
}

/** How sure an interval is. */
const CONFIDENCE = 0.95
const Z = jStat.normal.inv(1 - (1 - CONFIDENCE) / 2, 0, 1)

/** Below it the split is doubted: experimenters look often, and this alarm must mean something. */
const DOUBTED_BELOW = 0.001

export function judged({ experiment, variations, excluded, rows }: Tally, weights: number[] | undefined): Result {
  const all = [...variations]
  if (weights && weights.length !== all.length)
    throw new WrongUsage(`--weights has ${weights.length} shares, and the files have ${all.length} variations`)
  const [control] = all
  const told = all.map(([variation, { visitors, conversions }], at) => ({
    variation,
    visitors,
    conversions,
    rate: conversions / visitors,
    interval: wilson(conversions, visitors),
    ...(at > 0 && control && against(control[1], { visitors, conversions })),
  }))
  const split = splitOf(
    all.map(([, { visitors }]) => visitors),
    weights ?? all.map(() => 1),
  )
  return { experiment, variations: told, excluded, split, rows }
}

/** Where a rate lies, by Wilson's score: it holds for few visitors, and for rates near 0. */
function wilson(conversions: number, visitors: number): [number, number] {
  const rate = conversions / visitors
  const middle = (rate + Z ** 2 / (2 * visitors)) / (1 + Z ** 2 / visitors)
  const half = (Z * Math.sqrt((rate * (1 - rate)) / visitors + Z ** 2 / (4 * visitors ** 2))) / (1 + Z ** 2 / visitors)
  return [Math.max(middle - half, 0), Math.min(middle + half, 1)]
}

interface Counts {
  visitors: number
  conversions: number
}

/** The ratio of two rates less one, with Katz' interval of its logarithm, and the chi-square test of no difference. */
function against(control: Counts, one: Counts): Pick<Variation, 'lift' | 'p'> {
  const [a, b] = [control.conversions, one.conversions]
  const converted = a + b
  const total = control.visitors + one.visitors
  if (converted === 0 || converted === total) return { p: 1 }
  const cells = [control, one].flatMap(({ visitors, conversions }) => [
    [conversions, (visitors * converted) / total],
    [visitors - conversions, (visitors * (total - converted)) / total],
  ]) as [number, number][]
  const p = chiSquare(cells, 1)
  // No ratio to nothing, and no logarithm of it.
  if (a === 0 || b === 0) return { p }
  const ratio = b / one.visitors / (a / control.visitors)
  const deviation = Math.sqrt(1 / b - 1 / one.visitors + 1 / a - 1 / control.visitors)
  return {
    lift: { is: ratio - 1, interval: [ratio * Math.exp(-Z * deviation) - 1, ratio * Math.exp(Z * deviation) - 1] },
    p,
  }
}

function splitOf(visitors: number[], weights: number[]): Result['split'] {
  const total = visitors.reduce((sum, each) => sum + each, 0)
  const whole = weights.reduce((sum, each) => sum + each, 0)
  const expected = weights.map((weight) => (total * weight) / whole)
  const cells = visitors.map((each, at): [number, number] => [each, expected[at] ?? 0])
  const p = visitors.length > 1 ? chiSquare(cells, visitors.length - 1) : 1
  return { expected, p, isDoubted: p < DOUBTED_BELOW }
}

/** How probable it is that counts are at least so far from what is expected. */
function chiSquare(cells: [observed: number, expected: number][], freedom: number): number {
  const sum = cells.reduce((sum, [observed, expected]) => sum + (observed - expected) ** 2 / expected, 0)
  return 1 - jStat.chisquare.cdf(sum, freedom)
}
