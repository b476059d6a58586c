// How long what failed for now rests before it is tried again.

/** Doubling up to the longest, and never the same for two that began together. `tries` of them have failed before. */
export const pauseMs = (tries: number, firstMs: number, longestMs: number): number =>
  Math.min(firstMs * 2 ** tries, longestMs) * (0.5 + Math.random() / 2)
