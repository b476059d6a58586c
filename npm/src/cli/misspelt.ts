// Variables that are none of ours, but look as if they were meant to be. It only compares names: what stands in them is
// checked by the core.

import { VARIABLES } from '../settings.js'

/** The names of all variables that have a meaning: those of every shell, and those of the Worker alone. */
export const NAMES: readonly string[] = [...VARIABLES, 'ORIGIN_URL', 'PROFILE_KEPT_S']

/** A name that is not known, and the one that it was meant to be. */
export interface Misspelt {
  name: string
  meant: string
}

/** Those of some names that are close to a known one. A known one that is set as well is not what was meant. */
export function misspelt(names: string[]): Misspelt[] {
  const free = NAMES.filter((name) => !names.includes(name))
  return names.flatMap((name) => {
    if (NAMES.includes(name)) return []
    const [nearest] = free
      .map((meant) => ({ name, meant, distance: distance(name.toUpperCase().replaceAll('-', '_'), meant) }))
      .filter(({ meant, distance }) => distance <= (meant.length < 8 ? 1 : 2))
      .sort((a, b) => a.distance - b.distance)
    return nearest ? [{ name, meant: nearest.meant }] : []
  })
}

/** How many letters were left out, added, replaced, or swapped with the next one. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  const cell = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let row = 1; row <= a.length; row += 1) {
    rows[row] = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1]
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      rows[row]?.push(
        Math.min(
          cell(row - 1, column) + 1,
          cell(row, column - 1) + 1,
          cell(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwapped ? cell(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
  }
  return cell(a.length, b.length)
}
