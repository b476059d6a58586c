// The options of `pintle load`, as they are read off the command line.

import type { Format } from './file.js'

export interface LoadOptions {
  format?: Format
  separator?: string
  id?: { type: string; column?: string }
  entity?: string
  view?: string
  table?: string
  column?: string[]
  text?: string[]
  /** Seconds; 0 for ever. */
  ttl: number
  local?: boolean
  remote?: boolean
  out?: string
  to?: string
  dryRun?: boolean
  binding: string
  environment?: string
  persistTo?: string
  account?: string
  namespace?: string
  timeout: number
  again?: boolean
  json?: boolean
}
