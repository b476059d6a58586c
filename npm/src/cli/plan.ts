// The files that `pintle init` writes into a project, and what must be added where such a file is there already.

import path from 'node:path'

import { checkPersonalization } from '../core/check.js'
import builtIn from '../personalization.js'
import { type Folder, installed } from './folder.js'
import type { NextApp } from './next_app.js'
import { addedToMiddleware, middlewareFile } from './next_middleware.js'
import { count } from './output.js'
import type { Project } from './project.js'
import type { StaticSite } from './static_site.js'
import { addedToWrangler, wranglerToml } from './wrangler_config.js'

export interface Planned {
  /** Where it is written, with `/`, from the project's folder. */
  path: string
  /** Files that would do the same, and be in its way. */
  rivals: string[]
  /** What is written to `at`: to `path`, or with --force over a rival; `undefined` when that one is never replaced. */
  content(at: string): string | undefined
  /** What is left to do by hand when the file `at` is kept; `undefined` when nothing is. */
  left(text: string, at: string): string | undefined
}

/** The files of a project. */
export async function plan(folder: Folder, project: Project): Promise<Planned[]> {
  return [
    await personalization(folder),
    project.kind === 'next' ? middleware(project) : await wrangler(folder, project),
  ]
}

async function personalization(folder: Folder): Promise<Planned> {
  const schema = `./${await within(folder, 'personalization.schema.json')}`
  return {
    path: 'personalization.json',
    rivals: [],
    content: () => builtIn.replace('{', `{\n  "$schema": ${JSON.stringify(schema)},`),
    left(text) {
      const { length } = checkPersonalization(text)
      return length > 0 ? `It has ${count(length, 'mistake')}: \`npx pintle check\` tells them.` : undefined
    },
  }
}

/** Where a file of the package is, from the project's folder. */
async function within(folder: Folder, file: string): Promise<string> {
  const home = (await installed('pintle', folder.path)) ?? path.join(folder.path, 'node_modules/pintle')
  return path.relative(folder.path, path.join(home, file)).split(path.sep).join('/')
}

function middleware(app: NextApp): Planned {
  const inSource = (name: string) => path.posix.join(app.source, name)
  const name = app.major >= 16 ? 'proxy' : 'middleware'
  const written = inSource(`${name}.${app.language}`)
  const all = ['proxy', 'middleware'].flatMap((name) =>
    ['tsx', 'ts', 'jsx', 'js'].map((end) => inSource(`${name}.${end}`)),
  )
  return {
    path: written,
    rivals: all.filter((other) => other !== written),
    content: middlewareFile,
    left: (text, at) => (text.includes('pintle/') ? undefined : addedToMiddleware(at)),
  }
}

async function wrangler(folder: Folder, site: StaticSite): Promise<Planned> {
  const config = { name: workerName(folder), main: await within(folder, 'dist/worker.mjs'), site }
  return {
    path: 'wrangler.toml',
    rivals: ['wrangler.jsonc', 'wrangler.json'],
    // A file in another format cannot be replaced by this one, and Wrangler would read only one of both.
    content: (at) => (at === 'wrangler.toml' ? wranglerToml(config) : undefined),
    left: (text, at) => (text.includes('pintle/') ? undefined : addedToWrangler(config, text, at)),
  }
}

/** A name that Cloudflare takes: small letters, digits and dashes, and no more than a host's label holds. */
function workerName({ manifest, path: at }: Folder): string {
  for (const name of [String(manifest.name ?? '').replace(/^@[^/]*\//, ''), path.basename(at)]) {
    const valid = name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 54)
      .replace(/^-+|-+$/g, '')
    if (valid) return valid
  }
  return 'site'
}
