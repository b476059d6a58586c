// The middleware (until Next.js 15) or proxy (from 16 on) of a Next.js app, and what goes into one that is there.

import path from 'node:path'

/** How the file `at` imports the personalization.json of the project's folder. */
const personalization = (at: string) =>
  `${path.posix.relative(path.posix.dirname(at), '.') || '.'}/personalization.json`

const imports = (at: string) => `import { createMiddleware } from 'pintle/next'
import personalization from '${personalization(at)}'
`

/** The whole file. `config` must stand in it: Next.js reads it without running the file. */
export const middlewareFile = (at: string): string => `${imports(at)}
export default createMiddleware({ personalization })
export const config = { matcher: ['/((?!_next/static|_next/image|favicon.ico).*)'] }
`

/** What must be added to a middleware that does something else already. */
export const addedToMiddleware = (at: string): string => `${imports(at)}
const pintle = createMiddleware({ personalization })

// and where it lets a request pass, instead of NextResponse.next():
return pintle(request, event)
`
