// Builds a Next.js app with the packed `pintle` in it, below build/next/. What has not changed is neither installed nor
// built again.

import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { root } from '../../scripts/project.mjs'
import { run } from '../../scripts/run.mjs'
import { install } from '../npm/pack.mjs'

const here = path.join(root, 'tests/next')

/** What Next.js asks of its surroundings: to send nothing, and to leave the lock file as it is. */
export const QUIET = { NEXT_TELEMETRY_DISABLED: '1', NEXT_IGNORE_INCORRECT_LOCKFILE: '1' }

/** The flag of `next build` for a bundler that is not the version's own choice. */
const flags = { '15 turbopack': ['--turbopack'], '16 webpack': ['--webpack'] }

const installed = {}

/**
 * Builds `variant`; resolves to its `folder`, and the `environment` that names this build of it. Beside what variants.mjs
 * tells, it may have a `source`: the file of its middleware, or null for none; a `site`: the folder of its pages;
 * `packages`: names of those of the repository's packages that it needs; and `options` of its next.config.mjs.
 */
export async function build(variant) {
  const { version, middleware, file, bundler, name, site = path.join(here, 'site') } = variant
  const { source = path.join(here, 'middleware', `${middleware}.ts`), packages = [], options = {} } = variant
  installed[version] ??= dependencies(version)
  const folder = await installed[version]
  const output = `.next-${name}`
  const environment = { DIST_DIR: output, NEXT_OPTIONS: JSON.stringify(options) }
  const digest = await digestOf([
    site,
    path.join(here, 'versions', version),
    path.join(folder, 'node_modules/pintle'),
    ...(source ? [source] : []),
  ])
  const stamp = path.join(folder, output, 'pintle-stamp')
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== digest) {
    const kept = new Set(['node_modules', 'package.json', 'package-lock.json', 'stamp'])
    for (const entry of await readdir(folder)) {
      if (kept.has(entry) || (entry.startsWith('.next-') && entry !== output)) continue
      await rm(path.join(folder, entry), { recursive: true })
    }
    await cp(site, folder, { recursive: true })
    if (source) await cp(source, path.join(folder, file))
    for (const name of packages) {
      const module = path.join('node_modules', name)
      await cp(path.join(root, module), path.join(folder, module), { recursive: true })
    }
    await next(folder, ['build', ...(flags[`${version} ${bundler}`] ?? [])], `build ${name}`, environment)
    await writeFile(stamp, digest)
  }
  return { folder, environment }
}

/** Runs the version's own `next`. */
function next(folder, args, what, env) {
  const command = path.join(folder, 'node_modules/next/dist/bin/next')
  return run(process.execPath, [command, ...args, folder], { what, env: { ...QUIET, ...env, NODE_ENV: 'production' } })
}

/** The folder of a version, with what its lock file names, and with the packed `pintle`. */
async function dependencies(version) {
  const folder = path.join(root, 'build/next', version)
  const locked = path.join(here, 'versions', version)
  const digest = await digestOf([locked])
  const stamp = path.join(folder, 'stamp')
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== digest) {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    await cp(locked, folder, { recursive: true })
    await run('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], { what: `install Next.js ${version}` })
    await writeFile(stamp, digest)
  }
  await install(folder)
  return folder
}

/** A digest of all files in the folders and files `paths`. */
async function digestOf(paths) {
  const hash = createHash('sha256')
  for (const start of paths) {
    for (const file of await filesIn(start)) {
      hash.update(path.relative(start, file)).update('\0')
      hash.update(await readFile(file)).update('\0')
    }
  }
  return hash.digest('hex')
}

async function filesIn(start) {
  const entries = await readdir(start, { withFileTypes: true, recursive: true }).catch(() => undefined)
  if (!entries) return [start]
  const files = entries.filter((entry) => entry.isFile())
  return files.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)).sort()
}
