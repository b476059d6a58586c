// The project's folder, and the Node.js that it needs: said here, before any other module runs.

import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const [major] = process.versions.node.split('.').map(Number)
if (major < 20) {
  console.error(`Pintle needs Node.js 20 or newer, and this is ${process.versions.node}: install it from nodejs.org.`)
  process.exit(1)
}

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** Whether the module at `url` is the program that was started, and not a part of another; also behind a link. */
export const isProgram = (url) => realpathSync(process.argv[1]) === fileURLToPath(url)
