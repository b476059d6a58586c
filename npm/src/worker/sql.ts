// An object's SQLite, as it is used.

export interface Sql {
  exec(query: string, ...values: unknown[]): { toArray(): Record<string, unknown>[] }
}

export function tablesOf(sql: Sql): unknown[] {
  return sql
    .exec('SELECT name FROM sqlite_master')
    .toArray()
    .map(({ name }) => name)
}
