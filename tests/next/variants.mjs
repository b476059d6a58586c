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
  { version: '14', middleware: 'own', file: 'middleware.ts', bundler: 'webpack' },
  { version: '16', middleware: 'own', file: 'proxy.ts', bundler: 'turbopack', isInEveryTest: true },
].map((variant) => ({ ...variant, name: `next-${variant.version}-${variant.middleware}-${variant.bundler}` }))

const ofThisRun = chosen(process.env.NEXT_APPS ?? 'few')

/** The variants of this run whose middleware takes everything from the environment, as the three lines do. */
export const variants = ofThisRun.filter(({ middleware }) => middleware !== 'own')

/** Those whose middleware has a personalization and a source of profiles of its own. */
export const ownVariants = ofThisRun.filter(({ middleware }) => middleware === 'own')

function chosen(names) {
  if (names === 'all') return all
  if (names === 'few') return all.filter(({ isInEveryTest }) => isInEveryTest)
  return names.split(',').map((name) => {
    const variant = all.find((variant) => variant.name === name)
    if (!variant) throw new Error(`NEXT_APPS: no app ${name}: there are ${all.map(({ name }) => name).join(', ')}`)
    return variant
  })
}
