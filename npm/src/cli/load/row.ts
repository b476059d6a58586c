// A row of an export, whatever file it stood in, and what is said of one that cannot be loaded.

/** Its columns' names and values, in order; `line` is where it begins in the file, or which row of a Parquet file it is. */
export interface Row {
  line: number
  names: readonly string[]
  values: readonly unknown[]
}

/** What stands in the file where a row should, and what is wrong with it. */
export interface Bad {
  line: number
  wrong: string
  row: unknown
}

/** Rows in the file's order, as many at a time as were read. */
export type Rows = AsyncIterable<readonly (Row | Bad)[]>

export const isBad = (row: Row | Bad): row is Bad => 'wrong' in row
