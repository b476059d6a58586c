// A Next.js 16 app made of the READMEs' files and nothing but the least that makes an app of them. It stands in the
// repository, below build/readme/, and so has Next.js, React and TypeScript from there.

import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { root } from '../../scripts/project.mjs'
import { install } from '../npm/pack.mjs'
import { freePort, serving, type } from './terminal.mjs'

const LAYOUT = `import type { ReactNode } from 'react'

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}
`

/** Where the app's own route handler answers: at its path the proxy does. */
export const PAST_THE_PROXY = '/past-the-proxy'

const CONFIG = `// Next.js takes what lies above the app for another project, unless it is told.
const root = ${JSON.stringify(root)}
export default {
  outputFileTracingRoot: root,
  turbopack: { root },
  rewrites: async () => [{ source: '${PAST_THE_PROXY}', destination: '/_pintle/decision' }],
}
`

/** Builds an app of `files`, and starts it with `environment` until `use(url)` has ended. */
export async function nextApp(files, environment, use) {
  const folder = path.join(root, 'build/readme/next')
  await rm(folder, { recursive: true, force: true })
  const all = {
    'package.json': JSON.stringify({ private: true }),
    'tsconfig.json': JSON.stringify({ compilerOptions: { strict: true } }),
    'next.config.mjs': CONFIG,
    'app/layout.tsx': LAYOUT,
    ...files,
  }
  for (const [file, text] of Object.entries(all)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
    await writeFile(path.join(folder, file), text)
  }
  await install(folder)
  const env = { ...environment, NODE_ENV: 'production' }
  await type('npx --no-install next build', folder, env)
  const port = await freePort()
  const url = `http://localhost:${port}`
  await serving(`npx --no-install next start --hostname localhost --port ${port}`, { cwd: folder, url, env }, () =>
    use(url),
  )
}
