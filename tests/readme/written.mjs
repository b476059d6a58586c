// The TypeScript of the READMEs as a project that somebody copied it into: each snippet is a file by its name, with the files
// that it imports beside it, the packed package, and the packages that it asks for.

import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'

import { build } from 'esbuild'

import { root } from '../../scripts/project.mjs'
import { project } from '../npm/pack.mjs'
import { snippet, unnamed } from './snippets.mjs'

/** Those of the repository's packages that a snippet imports, or that type it. */
const PACKAGES = ['next', 'react', 'react-dom', 'hono', '@hono', '@rudderstack', '@types']

export const SNIPPETS = {
  'guide/proxy.ts': snippet('guide/proxy.ts'),
  'next/proxy.ts': snippet('next/proxy.ts'),
  'next/header.tsx': snippet('next/header.tsx'),
  'next/cta.tsx': snippet('next/cta.tsx'),
  'own/proxy.ts': snippet('own/proxy.ts'),
  'server/server.ts': snippet('server/server.ts'),
  'publishing/server.ts': snippet('publishing/server.ts'),
  'browser/page.ts': snippet('browser/page.ts'),
  'route/app/%5Fpintle/decision/route.ts': snippet('route/app/%5Fpintle/decision/route.ts'),
}

/** What the snippets leave to their readers. */
const READERS = {
  'own/personalization.json': unnamed('Say what is decided', 'json'),
  'own/profiles.ts': `type Profile = { USER_APP_SIGN_UP: number | null }
export async function profileOf(id: string, signal: AbortSignal): Promise<Profile | null> {
  signal.throwIfAborted()
  return id.startsWith('signed-up') ? { USER_APP_SIGN_UP: 1 } : null
}
`,
  'browser/rudderstack.ts': `import { RudderAnalytics } from '@rudderstack/analytics-js/bundled'
declare const RUDDERSTACK: { writeKey: string; url: string; sourceConfigUrl: string }
export const rudderanalytics = new RudderAnalytics()
rudderanalytics.load(RUDDERSTACK.writeKey, RUDDERSTACK.url, { configUrl: RUDDERSTACK.sourceConfigUrl })
rudderanalytics.page()
`,
}

/**
 * Writes the project. Resolves to its `folder`; `bundle(file, options)`: the text of what esbuild makes of a file;
 * `script(file)`: the path of it as a program for Node.js, and `load(file)`: what that exports; and `dispose`.
 */
export async function written() {
  const { folder, dispose } = await project({ ...SNIPPETS, ...READERS })
  for (const name of PACKAGES)
    await symlink(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name))

  async function bundle(file, options) {
    const entryPoints = [path.join(folder, file)]
    const { outputFiles } = await build({ entryPoints, bundle: true, write: false, logLevel: 'silent', ...options })
    return outputFiles[0].text
  }

  async function script(file) {
    const at = path.join(folder, 'out', `${file}.cjs`)
    await mkdir(path.dirname(at), { recursive: true })
    // Next.js stays outside: it knows its own requests by their class.
    await writeFile(at, await bundle(file, { platform: 'node', format: 'cjs', external: ['next'] }))
    return at
  }

  return { folder, bundle, script, load: async (file) => createRequire(import.meta.url)(await script(file)), dispose }
}
