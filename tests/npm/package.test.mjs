// The package as it is published: what is in it, and whether everybody's tools can take it.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { access, copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { brotliDecompressSync, gzipSync } from 'node:zlib'

import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { root } from '../../scripts/project.mjs'
import { packed, project } from './pack.mjs'
import { browser, middleware, weigh } from './weigh.mjs'

const execute = promisify(execFile)
const bin = (name) => path.join(root, 'node_modules/.bin', name)

let folder, home, dispose, files, manifest

before(async () => {
  ;({ folder, dispose } = await project())
  home = path.join(folder, 'node_modules/pintle')
  const entries = await readdir(home, { recursive: true, withFileTypes: true })
  files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(home, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort()
  manifest = JSON.parse(await readFile(path.join(home, 'package.json'), 'utf8'))
  // What an app has beside the package, and what it needs of it.
  for (const name of ['next', 'react', '@types/node', '@types/react', 'csstype']) {
    const link = path.join(folder, 'node_modules', name)
    await mkdir(path.dirname(link), { recursive: true })
    await symlink(path.join(root, 'node_modules', name), link)
  }
})
after(() => dispose?.())

// What is in it

test('it holds what was built, its licences and what it says of itself, and nothing else', () => {
  const known =
    /^(package\.json|README\.md|LICENSE-(MIT|APACHE)|personalization(\.schema)?\.json|dist\/[\w/]+\.(js|d\.ts|mjs|d\.mts|wasm))$/
  assert.deepEqual(
    files.filter((file) => !known.test(file)),
    [],
  )
  for (const file of [
    'README.md',
    'LICENSE-MIT',
    'LICENSE-APACHE',
    'personalization.json',
    'personalization.schema.json',
    'dist/cli.js',
  ])
    assert.ok(files.includes(file), `${file} is missing`)
})

test('it installs nothing else, and runs nothing as it is installed', () => {
  for (const name of ['dependencies', 'optionalDependencies', 'bundleDependencies', 'bundledDependencies', 'scripts'])
    assert.equal(manifest[name], undefined, name)
  for (const peer of Object.keys(manifest.peerDependencies))
    assert.equal(manifest.peerDependenciesMeta[peer].optional, true, `${peer} is not optional`)
})

test('it has the version of the core', async () => {
  const [, version] = /^version = "(.+)"$/m.exec(await readFile(path.join(root, 'Cargo.toml'), 'utf8'))
  assert.equal(manifest.version, version)
})

test('nothing in it names a folder of the machine that built it', async () => {
  const folders = [root, homedir(), tmpdir(), '/home/', '/root/', '/Users/', '\\Users\\', 'file:///']
  for (const file of files) {
    const bytes = await readFile(path.join(home, file), 'latin1')
    for (const named of folders) assert.ok(!bytes.includes(named), `${file} names ${named}`)
  }
})

/** All paths that a value of `exports` and the like leads to. */
const targets = (value) =>
  typeof value === 'string' ? [value] : Object.values(value).flatMap((inner) => targets(inner))

test('everything that its package.json leads to is there', async () => {
  const { exports, imports, typesVersions, bin, sideEffects } = manifest
  for (const target of targets({ exports, imports, typesVersions, bin, sideEffects }))
    await access(path.join(home, target))
})

test('every way to load the module loads the same module', async () => {
  const module = await readFile(path.join(home, 'dist/wasm/core.wasm'))
  const inlined = await readFile(path.join(home, 'dist/wasm/inlined.js'), 'utf8')
  const [, text] = /'([A-Za-z0-9+/=]{1000,})'/.exec(inlined)
  assert.ok(brotliDecompressSync(Buffer.from(text, 'base64')).equals(module))
  assert.ok(WebAssembly.validate(module))
})

test('the command begins with the line by which a shell knows what runs it', async () => {
  assert.match(await readFile(path.join(home, manifest.bin.pintle), 'utf8'), /^#!\/usr\/bin\/env node\n/)
})

// Whether tools can take it

test('publint finds nothing, strictly', async () => {
  const { buffer, byteOffset, byteLength } = await readFile(await packed())
  const tarball = buffer.slice(byteOffset, byteOffset + byteLength)
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
  assert.deepEqual(
    messages.map((message) => `${message.type}: ${formatMessage(message, pkg, { color: false })}`),
    [],
  )
})

test('are-the-types-wrong finds nothing, in resolution by files (node10) either', async () => {
  const given = [await packed(), '--profile', 'esm-only', '--no-definitely-typed', '--format', 'json']
  const { stdout } = await execute(bin('attw'), given, { maxBuffer: 1e8 })
  const { problems } = JSON.parse(stdout).analysis
  // It is made of ES modules alone, and the script is for <script>, not for TypeScript.
  const others = problems.filter((it) => it.kind !== 'CJSResolvesToESM' && it.entrypoint !== './browser/script.js')
  assert.deepEqual(others, [])
})

test('its ES modules can be imported in Node.js, also those for pages', async () => {
  // `pintle/next/server` asks for `next/headers`, which Next.js' bundlers alone can find.
  const entries = ['next', 'next/decision', 'fetch', 'browser', 'react']
  const lines = entries.map(
    (entry, at) => `import * as it${at} from 'pintle/${entry}'; console.log(Object.keys(it${at}))`,
  )
  await writeFile(path.join(folder, 'imports.mjs'), lines.join('\n'))
  const { stdout } = await execute(process.execPath, ['imports.mjs'], { cwd: folder })
  assert.equal(stdout.trim().split('\n').length, entries.length)
})

/** What TypeScript says about the consumers, all together, under these options. */
async function typecheck(name, compilerOptions, consumers) {
  const consumer = path.join(folder, name)
  await mkdir(consumer)
  for (const file of consumers) await copyFile(path.join(root, 'tests/npm/consumer', file), path.join(consumer, file))
  const strict = { strict: true, noEmit: true, target: 'es2022', lib: ['es2022', 'dom', 'dom.iterable'], types: [] }
  const config = { compilerOptions: { ...strict, ...compilerOptions }, include: ['*.ts'] }
  await writeFile(path.join(consumer, 'tsconfig.json'), JSON.stringify(config))
  await writeFile(path.join(consumer, 'package.json'), '{"type":"module"}')
  return execute(bin('tsc'), ['-p', consumer]).then(
    () => '',
    ({ stdout }) => stdout,
  )
}

const resolutions = {
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  node10: { module: 'esnext', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
}
const checks = { noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noImplicitOverride: true }

for (const [name, resolution] of Object.entries(resolutions)) {
  test(`TypeScript takes all of it, strictly, with moduleResolution ${name}`, async () => {
    // Next.js' own declarations are not clean: theirs are skipped, and ours with them.
    const options = { ...resolution, ...checks, skipLibCheck: true, types: ['node'] }
    assert.equal(await typecheck(`all-${name}`, options, ['server.ts', 'next.ts', 'browser.ts', 'worker.ts']), '')
  })

  test(`its declarations are right in themselves with moduleResolution ${name}, and need none of Node.js'`, async () => {
    const consumers = ['server.ts', 'browser.ts', 'worker.ts']
    assert.equal(await typecheck(`own-${name}`, { ...resolution, ...checks, skipLibCheck: false }, consumers), '')
  })
}

test('the personalization.json of a project is an option as it is imported', async () => {
  const consumer = path.join(folder, 'json')
  await mkdir(consumer)
  await copyFile(path.join(root, 'personalization.json'), path.join(consumer, 'personalization.json'))
  const code = [
    "import { createHandler } from 'pintle/fetch'",
    "import shipped from 'pintle/personalization.json' with { type: 'json' }",
    "import personalization from './personalization.json' with { type: 'json' }",
    'createHandler({ personalization })',
    'createHandler({ personalization: shipped })',
  ]
  await writeFile(path.join(consumer, 'index.ts'), code.join('\n'))
  for (const resolution of [resolutions.bundler, resolutions.nodenext]) {
    const compilerOptions = { ...resolution, ...checks, strict: true, noEmit: true, resolveJsonModule: true, types: [] }
    const config = { compilerOptions: { ...compilerOptions, target: 'es2022', lib: ['es2022', 'dom'] } }
    await writeFile(path.join(consumer, 'tsconfig.json'), JSON.stringify(config))
    await writeFile(path.join(consumer, 'package.json'), '{"type":"module"}')
    await execute(bin('tsc'), ['-p', consumer]).catch(({ stdout }) => assert.fail(stdout))
  }
})

// What is bundled of it

test('a page that reads decisions bundles what reads decisions', async () => {
  const all = await browser(folder)
  const one = await weigh(folder, "import { decision } from 'pintle/browser'\nconsole.log(decision('c'))")
  assert.ok(one.total < all.total / 2, `${one.total} of ${all.total} bytes`)
  assert.doesNotMatch(one.text, /fetch|identify|_pintle|addEventListener|setInterval/)
  assert.equal((await weigh(folder, "import 'pintle/browser'")).text.trim(), '')
  assert.equal((await weigh(folder, "import { decision } from 'pintle/browser'")).text.trim(), '')
})

test('a page that loads the script bundles the script', async () => {
  assert.match((await weigh(folder, "import 'pintle/browser/script.js'")).text, /pintle/)
})

test('a middleware with options does not check the settings of one without', async () => {
  const { text } = await weigh(folder, "export { createMiddleware } from 'pintle/next'", ['edge-light'])
  const both = await weigh(folder, "export { createMiddleware, middleware } from 'pintle/next'", ['edge-light'])
  assert.ok(text.length < both.text.length)
})

test('on the edge nothing of Node.js is bundled, and the module is a file', async () => {
  for (const entry of ['next', 'fetch', 'next/decision', 'next/server']) {
    const { text, files } = await weigh(folder, `export * from 'pintle/${entry}'`, ['edge-light'])
    assert.doesNotMatch(text, /["'`]node:|brotli/, entry)
    // Next.js warns of it in every build.
    assert.doesNotMatch(text, /\bprocess\??\.(?!env\b)/, entry)
    assert.ok(files.wasm > 0, entry)
  }
})

// What it weighs: DESIGN's bars, in KB of 1024 bytes of gzip

const KB = 1024
const gzipped = async (...files) => {
  const bytes = await Promise.all(files.map((file) => readFile(path.join(home, 'dist', file))))
  return bytes.reduce((sum, content) => sum + gzipSync(content, { level: 9 }).length, 0)
}

const MISSED = 'a bar that is not met yet; what holds today is asserted below'

test('what a Next.js app bundles for its middleware is at most 140 KB', { todo: MISSED }, async () => {
  const { total } = await middleware(folder)
  assert.ok(total <= 140 * KB, `${total} bytes`)
})

test('what every page of the Worker runs is at most 150 KB', { todo: MISSED }, async () => {
  const page = await gzipped('worker.mjs', 'pintle.wasm')
  assert.ok(page <= 150 * KB, `${page} bytes`)
})

test('what a Next.js app bundles for its middleware is at most 160 KB', async (t) => {
  const { files, total } = await middleware(folder)
  t.diagnostic(`pintle/next on the edge: ${total} bytes of gzip (${JSON.stringify(files)})`)
  assert.ok(total <= 160 * KB, `${total} bytes`)
})

// The bar with experiments and HTML edits in, of which the features of people are in.
test('what every page of the Worker runs is at most 175 KB', async (t) => {
  const page = await gzipped('worker.mjs', 'pintle.wasm')
  t.diagnostic(`pintle/worker: ${page} bytes of gzip`)
  assert.ok(page <= 175 * KB, `${page} bytes`)
})

test('what the feed adds to it is at most 250 KB', async (t) => {
  const feed = (await gzipped('worker_feed.mjs', 'feed.wasm')) - (await gzipped('worker.mjs'))
  t.diagnostic(`pintle/worker/feed: ${feed} bytes of gzip more`)
  assert.ok(feed <= 250 * KB, `${feed} bytes`)
})

test('what a page loads is at most 1.5 KB', async (t) => {
  const client = (await browser(folder)).total
  const script = await gzipped('browser/script.js')
  t.diagnostic(`pintle/browser: ${client} bytes of gzip; pintle/browser/script.js: ${script}`)
  assert.ok(client <= 1.5 * KB, `${client} bytes`)
  assert.ok(script <= 1.5 * KB, `${script} bytes`)
})
