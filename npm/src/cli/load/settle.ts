// What a load is to do, out of its options and of the files in this folder: variables, personalization.json, wrangler.toml.

import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { WrongUsage } from '../failure.js'
import { firstOf } from '../folder.js'
import type { Variables } from '../input.js'
import { WRANGLER_FILES, wranglerFile } from '../wrangler_file.js'
import { type Destination, nowhere, outFile } from './destination.js'
import { type Export, look } from './file.js'
import { local } from './local.js'
import type { LoadOptions } from './options.js'
import { isIdOf, pairs, type Shape } from './pair.js'
import { Progress } from './progress.js'
import { redis } from './redis.js'
import { type Remote, remote } from './remote.js'
import type { Load } from './run.js'
import { tableKey, tablePairs } from './table.js'

/** What wrangler.toml says: variables, and ids that are no secrets. */
export interface Wrangler {
  variables: Variables
  account?: string | undefined
  namespaces: Record<string, string>
}

export async function settle(file: string, options: LoadOptions): Promise<Load> {
  const given = await look(file, options.format)
  if (options.text && given.format !== 'csv')
    throw new WrongUsage(`--text is for CSV, and ${given.format} says itself what is text`)
  const wrangler = await beside(options.environment)
  const becomes =
    options.table === undefined ? await profiles(options, wrangler.variables) : table(options.table, given)
  const { shape, isText, ...rest } = becomes
  const destination = destinationOf(options, wrangler, 'view' in shape ? shape : {})
  const progress = options.dryRun ? undefined : new Progress(given, how(shape, options, destination))
  const from = options.again ? undefined : await progress?.read()
  if (from) console.error(`goes on after row ${from.rows}, where an earlier run was; --again begins anew`)
  return {
    given,
    ...rest,
    isText: (column) => isText(column) || options.text?.includes(column) === true,
    separator: options.separator,
    ttlS: options.ttl || undefined,
    destination,
    progress,
    from,
  }
}

/** What rows become: profiles. */
async function profiles(options: LoadOptions, variables: Variables) {
  const shape = await shapeOf(options, variables)
  // An id such as `1e3` is no number.
  return { shape, isText: isIdOf(shape), pairOf: pairs(shape) }
}

/** What rows become: goods with their neighbours. */
function table(name: string, { file, format }: Export) {
  if (format !== 'jsonl')
    throw new WrongUsage(`${file} is ${format}, and a table is JSONL: {"item", "neighbours"} a line`)
  const key = tableKey(name)
  const last = (items: number) => ({ key, value: JSON.stringify({ items }) })
  return { shape: { table: name }, isText: () => false, pairOf: tablePairs(name), last }
}

/** All by which the same rows would become other pairs, or the same pairs go elsewhere. */
const how = (
  { columns, ...shape }: Partial<Shape> & { table?: string },
  { ttl, text, separator, format }: LoadOptions,
  { of }: Destination,
) => ({
  ...shape,
  columns: columns && [...columns],
  ttl,
  text,
  separator,
  format,
  of,
})

export async function beside(environment: string | undefined): Promise<Wrangler> {
  const name = await firstOf('.', WRANGLER_FILES)
  if (!name) {
    if (environment !== undefined)
      throw new WrongUsage('--environment names one of a wrangler.toml, and there is none here')
    return { variables: {}, namespaces: {} }
  }
  return wranglerFile(await readFile(name, 'utf8'), name, environment)
}

async function shapeOf({ id, entity, view, column }: LoadOptions, variables: Variables): Promise<Shape> {
  const found = view ?? variables.PROFILE_VIEW ?? (await viewOf('personalization.json'))
  if (!found) throw new WrongUsage('which view is it? Name it with --view, or run this beside personalization.json')
  return {
    entity: entity ?? variables.ACTIVATION_ENTITY ?? 'user',
    idType: id?.type ?? variables.ACTIVATION_ID_TYPE ?? 'anonymous_id',
    idColumn: id?.column,
    view: found,
    columns: column && new Set(column),
  }
}

async function viewOf(file: string): Promise<string | undefined> {
  try {
    const { view } = JSON.parse(await readFile(file, 'utf8')) as { view?: unknown }
    return typeof view === 'string' ? view : undefined
  } catch {
    return undefined
  }
}

function destinationOf(
  options: LoadOptions,
  { account, namespaces, variables }: Wrangler,
  { view }: { view?: string },
): Destination {
  const { binding, environment, persistTo } = options
  if (options.out !== undefined) return outFile(path.resolve(options.out))
  if (options.local) return local({ binding, environment, persistTo })
  if (options.to !== undefined) {
    if (view === undefined) throw new WrongUsage('--table goes into KV, where it is read: leave --to out')
    const settled = {
      ...redisOf(options.to, { ...variables, ...process.env }),
      view,
      timeoutMs: options.timeout * 1000,
    }
    return redis({ ...settled, tell: (line) => console.error(line) })
  }
  if (!options.remote) return nowhere
  return remote(remoteOf(options, { account, namespaces }))
}

/** The namespace at Cloudflare that options, variables and wrangler.toml name. */
export function remoteOf(
  options: Pick<LoadOptions, 'binding' | 'account' | 'namespace' | 'timeout'>,
  { account, namespaces }: Pick<Wrangler, 'account' | 'namespaces'>,
): Remote {
  const { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_BASE_URL } = process.env
  return {
    token: told(token, 'which token? CLOUDFLARE_API_TOKEN must be one that may edit Workers KV'),
    account: told(
      options.account ?? CLOUDFLARE_ACCOUNT_ID ?? account,
      'which account? Name its id with --account or CLOUDFLARE_ACCOUNT_ID',
    ),
    namespace: told(
      options.namespace ?? namespaces[options.binding],
      `which namespace? wrangler.toml has no id for ${options.binding}: name it with --namespace`,
    ),
    base: CLOUDFLARE_API_BASE_URL || 'https://api.cloudflare.com/client/v4',
    timeoutMs: options.timeout * 1000,
    tell: (line) => console.error(line),
  }
}

/** Where Redis is, and what keys begin with there. */
function redisOf(to: string, variables: Variables): { url: string; before: string } {
  const {
    REDIS_LAYOUT: layout,
    REDIS_WORKSPACE_ID: workspace,
    REDIS_DESTINATION_ID,
    ACTIVATION_DESTINATION_ID,
  } = variables
  if (layout && layout !== 'profiles')
    throw new WrongUsage(`--to writes the layout \`profiles\`, and REDIS_LAYOUT is \`${layout}\``)
  const begin = [
    told(workspace, 'which workspace? REDIS_WORKSPACE_ID is what the keys of a Profiles sync begin with'),
    told(
      REDIS_DESTINATION_ID || ACTIVATION_DESTINATION_ID,
      'which destination? REDIS_DESTINATION_ID stands second in the keys of a Profiles sync',
    ),
  ]
  const url = to === 'redis' ? told(variables.REDIS_URL, 'which Redis? REDIS_URL is not set') : to
  return { url, before: `${begin.join(':')}:` }
}

function told(value: string | undefined, otherwise: string): string {
  if (!value) throw new WrongUsage(otherwise)
  return value
}
