// What the Worker gets from a wrangler.toml, wrangler.json or wrangler.jsonc that is there: variables, and which sources of
// profiles are bound. Read with the libraries that Wrangler itself reads them with.

import { type ParseError, parse as parseJson, printParseErrorCode } from 'jsonc-parser'
import { parse as parseToml, TomlError } from 'smol-toml'

import { Refused } from './failure.js'
import type { Variables } from './input.js'
import { list } from './output.js'

/** The configuration's names, in the order in which Wrangler looks for them. */
export const WRANGLER_FILES = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml']

export interface WranglerFile {
  variables: Variables
  /** Names of variables that are no texts. */
  others: string[]
  /** The sources of profiles that are bound: the KV namespace `PROFILES`, the Durable Objects `PEOPLE`. */
  sources: string[]
  people: People
  /** The account's id, and the ids of KV namespaces by their bindings, as far as they stand there. */
  account?: string
  namespaces: Record<string, string>
}

/** What a configuration says of the Durable Objects that people are kept in. */
export interface People {
  /** The entry of the Worker, as it stands there. */
  main?: string
  /** The class that `PEOPLE` is bound to, of this Worker. */
  className?: string
  /** Whether a migration makes that class, with SQLite; of one that keeps its storage elsewhere, `false`. */
  isMade: boolean
}

type Table = Record<string, unknown>

const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value)
const table = (value: unknown): Table => (isTable(value) ? value : {})

/** Reads the text of the file `name`; `environment` is one of those in it. */
export function wranglerFile(text: string, name: string, environment?: string): WranglerFile {
  const config = parsed(text, name)
  const own = section(config, name, environment)
  const { vars, kv_namespaces: kv, durable_objects: objects } = own
  const entries = Object.entries(table(vars))
  const account = own.account_id ?? config.account_id
  const ids = tables(kv)
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return {
    variables: Object.fromEntries(texts),
    others: entries.filter(([, value]) => typeof value !== 'string').map(([name]) => name),
    sources: [
      ...(has(kv, 'binding', 'PROFILES') ? ['kv'] : []),
      ...(has(table(objects).bindings, 'name', 'PEOPLE') ? ['people'] : []),
    ],
    // These an environment does take from the top.
    people: people({ main: config.main, migrations: config.migrations, ...own }),
    ...(typeof account === 'string' && { account }),
    namespaces: Object.fromEntries(
      ids.flatMap(({ binding, id }) => (binding && id ? [[String(binding), String(id)]] : [])),
    ),
  }
}

function people({ main, migrations, durable_objects: objects }: Table): People {
  const bound = tables(table(objects).bindings).find(({ name }) => name === 'PEOPLE')
  const className = bound?.script_name === undefined ? bound?.class_name : undefined
  const made = tables(migrations).flatMap((migration) => [
    ...strings(migration.new_sqlite_classes),
    ...tables(migration.renamed_classes).map(({ to }) => to),
    ...tables(migration.transferred_classes).map(({ to }) => to),
  ])
  return {
    ...(typeof main === 'string' && { main }),
    ...(typeof className === 'string' && { className }),
    isMade: made.includes(className ?? 'Person'),
  }
}

const tables = (value: unknown): Table[] => (Array.isArray(value) ? value.map(table) : [])
const strings = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** Whether one of the bindings has this name. */
const has = (bindings: unknown, key: string, name: string) =>
  Array.isArray(bindings) && bindings.some((one) => table(one)[key] === name)

/** An environment has variables and bindings of its own: Wrangler hands none down. */
function section(config: Table, name: string, environment: string | undefined): Table {
  if (environment === undefined) return config
  const all = table(config.env)
  const found = all[environment]
  if (isTable(found)) return found
  const others = list(Object.keys(all))
  throw new Refused(`${name} has no environment ${environment}: it has ${others || 'none, so leave it out'}`)
}

function parsed(text: string, name: string): Table {
  return name.endsWith('.toml') ? toml(text, name) : json(text, name)
}

/** The library's own message goes on with the lines around the mistake; secrets may stand in them. */
function toml(text: string, name: string): Table {
  try {
    return parseToml(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [what = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n')
    throw broken(name, 'TOML', what, error.line, error.column)
  }
}

function json(text: string, name: string): Table {
  const errors: ParseError[] = []
  const config = parseJson(text, errors, { allowTrailingComma: true, allowEmptyContent: true })
  const [error] = errors
  if (!error) return table(config)
  const before = text.slice(0, error.offset).split('\n')
  throw broken(name, 'JSON', printParseErrorCode(error.error), before.length, (before.at(-1)?.length ?? 0) + 1)
}

const broken = (name: string, format: string, what: string, line: number, column: number) =>
  new Refused(`${name} is not ${format} (${what}, line ${line}, column ${column}): mend it and run this again`)
