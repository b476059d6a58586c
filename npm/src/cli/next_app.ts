// A Next.js app: its version, its routers, where they lie and in which language it is written.

import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { Refused } from './failure.js'
import { exists, type Folder, firstOf, installed } from './folder.js'
import { list } from './output.js'

export interface NextApp {
  kind: 'next'
  /** The installed version, or the range of package.json. */
  version: string
  major: number
  routers: ('app' | 'pages')[]
  /** The folder that the routers and the middleware lie in: `src`, or nothing. */
  source: '' | 'src'
  language: 'ts' | 'js'
  because: string
}

/** The version that a range is taken for when it names none, such as `latest`. */
const NEWEST = 16
const OLDEST = [14, 2] as const

/** Whether it is a Next.js app with a server, and none that is exported as a static site. */
export const isNextApp = async (folder: Folder): Promise<boolean> =>
  'next' in folder.dependencies && !(await isExported(folder.path))

/** The folder as a Next.js app; `undefined` when it is none. */
export async function nextApp(folder: Folder): Promise<NextApp | undefined> {
  const range = folder.dependencies.next
  if (range === undefined || !(await isNextApp(folder))) return undefined
  const { version, from } = await versionOf(folder, range)
  const [major = NEWEST, minor] = numbers(version)
  if (major < OLDEST[0] || (major === OLDEST[0] && minor !== undefined && minor < OLDEST[1] && from === 'node_modules'))
    throw new Refused(
      `Next.js ${version} is too old, Pintle needs ${OLDEST.join('.')} or newer: npm install next@latest`,
    )
  const at = await routersOf(folder.path)
  const isTypeScript = (await exists(folder.path, 'tsconfig.json')) || 'typescript' in folder.dependencies
  return {
    kind: 'next',
    version,
    major,
    ...at,
    language: isTypeScript ? 'ts' : 'js',
    because: [
      `Next.js ${version} (${from}${numbers(version).length === 0 ? `, taken for ${NEWEST}: npm install first to be sure` : ''})`,
      at.routers.length > 0
        ? `${list(at.routers)} in ${at.source || 'the project folder'}`
        : 'no app or pages folder yet',
      isTypeScript ? 'TypeScript' : 'JavaScript',
    ].join(', '),
  }
}

/** The installed version is what runs; the range of package.json is what comes next to it. */
async function versionOf(folder: Folder, range: string): Promise<{ version: string; from: string }> {
  const home = await installed('next', folder.path)
  const text = home && (await readFile(path.join(home, 'package.json'), 'utf8').catch(() => undefined))
  const version = text && (JSON.parse(text) as { version?: string }).version
  return version ? { version, from: 'node_modules' } : { version: range, from: 'package.json' }
}

/** The highest version that a version or range names: `[15, 1, 0]` of `^14.2 || ^15.1.0`. */
function numbers(range: string): number[] {
  const all = [...range.matchAll(/(?<![\w.-])v?(\d+)(?:\.(\d+))?/g)].map(([, major, minor]) =>
    [major, minor].filter((part) => part !== undefined).map(Number),
  )
  return all.sort(([a = 0], [b = 0]) => a - b).at(-1) ?? []
}

/** Next.js itself looks into `src` only when neither folder lies at the top. */
async function routersOf(folder: string): Promise<Pick<NextApp, 'routers' | 'source'>> {
  for (const source of ['', 'src'] as const) {
    const routers: NextApp['routers'] = []
    for (const router of ['app', 'pages'] as const) if (await exists(folder, source, router)) routers.push(router)
    if (routers.length > 0) return { routers, source }
  }
  return { routers: [], source: '' }
}

/** With `output: 'export'` there is no server, and Next.js never runs a middleware. */
export async function isExported(folder: string): Promise<boolean> {
  const name = await firstOf(folder, ['next.config.ts', 'next.config.mjs', 'next.config.js', 'next.config.mts'])
  const config = name ? await readFile(path.join(folder, name), 'utf8') : ''
  return /^[^/*]*\boutput\s*:\s*['"`]export['"`]/m.test(config)
}
