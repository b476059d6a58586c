// Several builds of one app lie side by side, each in its own folder.
import { createRequire } from 'node:module'

const { version } = createRequire(import.meta.url)('next/package.json')

// Without it Next.js takes the folder of the outermost lock file for the app's.
const root = import.meta.dirname
const rooted = version.startsWith('14.')
  ? { experimental: { outputFileTracingRoot: root } }
  : { outputFileTracingRoot: root, turbopack: { root } }

const options = JSON.parse(process.env.NEXT_OPTIONS ?? '{}')

export default { distDir: process.env.DIST_DIR ?? '.next', ...rooted, ...options }
