// An object's SQLite, as it is used.

export interface Sql {
  exec(query: string, ...values: unknown[]): { toArray(): Record<string, unknown>[] }
}

export function hasTable(sql: Sql, name: string): boolean {
  return sql.exec('SELECT 1 FROM sqlite_master WHERE name = ?', name).toArray().length > 0
}
