// Random numbers that can be repeated: the same seed draws the same.

/** A function that draws whole numbers from 0 up to, and without, `below` (mulberry32). */
export function generator(seed) {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** The seed to draw by: `SEED`, with which a run that failed is repeated, or another one each time. */
export const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31)
