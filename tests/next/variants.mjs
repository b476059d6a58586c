// The Next.js apps that the tests run: one source, built with each version, bundler and kind of middleware.

/**
 * `version` is a folder of versions/; `middleware` a file of middleware/, which the app has as `file`.
 * `npm test` runs those that are `isInEveryTest`; NEXT_APPS=all (`npm run test:next`) runs every one of them, and
 * NEXT_APPS=<name>,<name> those.
 */
const all = [
  { version: '14', middleware: 'edge', file: 'middleware.ts', bundler: 'webpack' },
  { version: '15', middleware: 'edge', file: 'middleware.ts', bundler: 'webpack', isInEveryTest: true },
  { version: '15', middleware: 'edge', file: 'middleware.ts', bundler: 'turbopack' },
  { version: '15', middleware: 'node', file: 'middleware.ts', bundler: 'webpack' },
  { version: '15', middleware: 'node', file: 'middleware.ts', bundler: 'turbopack' },
  { version: '16', middleware: 'proxy', file: 'proxy.ts', bundler: 'turbopack', isInEveryTest: true },
  { version: '16', middleware: 'proxy', file: 'proxy.ts', bundler: 'webpack' },
  { version: '16', middleware: 'edge', file: 'middleware.ts', bundler: 'turbopack' },
  { version: '16', middleware: 'edge', file: 'middleware.ts', bundler: 'webpack' },
].map((variant) => ({ ...variant, name: `next-${variant.version}-${variant.middleware}-${variant.bundler}` }))

/** The variants of this run. */
export const variants = chosen(process.env.NEXT_APPS ?? 'few')

function chosen(names) {
  if (names === 'all') return all
  if (names === 'few') return all.filter(({ isInEveryTest }) => isInEveryTest)
  return names.split(',').map((name) => {
    const variant = all.find((variant) => variant.name === name)
    if (!variant) throw new Error(`NEXT_APPS: no app ${name}: there are ${all.map(({ name }) => name).join(', ')}`)
    return variant
  })
}
