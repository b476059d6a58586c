// What a personalization.json will run with, as far as the files beside it tell: variables and bindings of a Worker from
// wrangler.toml and .dev.vars, variables of a Next.js app from its .env files. Secrets that are kept at Cloudflare or with
// a host cannot be seen from here.

import path from 'node:path'

import { firstOf, isFile, open } from './folder.js'
import { dotenv, read, type Variables } from './input.js'
import { isNextApp } from './next_app.js'
import { type People, WRANGLER_FILES, type WranglerFile, wranglerFile } from './wrangler_file.js'

export interface Surroundings {
  kind: 'worker' | 'next'
  /** Whether the user named the variables, so that nothing is set that cannot be seen. */
  isAll: boolean
  /** The files that were read, as they are named from where the command runs. */
  files: string[]
  variables: Variables
  /** Names of variables that are no texts, which a Worker does not see. */
  others: string[]
  /** The sources of profiles that bindings tell of. */
  sources: string[]
  /** Of a Worker: what is said of people's objects, and in which file and environment of it. */
  people?: People & { file: string; environment?: string | undefined }
}

/** How `next dev` reads them; a later one wins. */
const OF_NEXT = ['.env', '.env.development', '.env.local', '.env.development.local']

/**
 * What lies beside `file`, else in the folder where the command runs. `given` are variables that the user names: they take
 * the place of those that are kept out of the repository. `environment` is one of Wrangler's.
 */
export async function surroundings(
  file: string,
  given: Variables | undefined,
  environment: string | undefined,
): Promise<Surroundings | undefined> {
  const folders = new Set([file === '-' ? '.' : path.dirname(file), '.'].map((folder) => path.resolve(folder)))
  for (const folder of folders) {
    if (await isNextApp(await open(folder))) return ofNext(folder, given)
    const config = await firstOf(folder, WRANGLER_FILES)
    if (config) return ofWorker(folder, config, given, environment)
  }
  return undefined
}

async function ofNext(folder: string, given: Variables | undefined): Promise<Surroundings | undefined> {
  const local = await hidden(folder, OF_NEXT, given)
  // Without any, nothing is known of what the app has with its host.
  return given || local.files.length > 0 ? { kind: 'next', ...local, others: [], sources: [] } : undefined
}

async function ofWorker(
  folder: string,
  config: string,
  given: Variables | undefined,
  environment: string | undefined,
): Promise<Surroundings> {
  const at = path.join(folder, config)
  const set: WranglerFile = wranglerFile(await read(at, 'mend that and run this again'), config, environment)
  const local = await hidden(folder, await ofWrangler(folder, environment), given)
  return {
    kind: 'worker',
    isAll: local.isAll,
    files: [fromHere(at), ...local.files],
    variables: { ...set.variables, ...local.variables },
    others: set.others.filter((name) => !(name in local.variables)),
    sources: set.sources,
    people: { ...set.people, file: config, environment },
  }
}

/** The files that `wrangler dev` takes secrets from: .dev.vars, and only where there is none those of dotenv. */
async function ofWrangler(folder: string, environment: string | undefined): Promise<string[]> {
  const own = environment === undefined ? [] : [environment]
  const found = await firstOf(folder, [...own.map((name) => `.dev.vars.${name}`), '.dev.vars'])
  return found ? [found] : ['.env', '.env.local', ...own.flatMap((name) => [`.env.${name}`, `.env.${name}.local`])]
}

/** What is kept out of the repository: the variables that are given, else those of the files that are there. */
async function hidden(
  folder: string,
  names: string[],
  given: Variables | undefined,
): Promise<Pick<Surroundings, 'isAll' | 'files' | 'variables'>> {
  if (given) return { isAll: true, files: [], variables: given }
  const files: string[] = []
  const variables: Variables = {}
  for (const name of names) {
    const at = path.join(folder, name)
    // Some keep a virtual environment of Python in a folder called .env.
    if (!(await isFile(at))) continue
    Object.assign(variables, dotenv(await read(at, 'mend that and run this again')))
    files.push(fromHere(at))
  }
  return { isAll: false, files, variables }
}

const fromHere = (at: string) => path.relative('.', at)
