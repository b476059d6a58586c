// `pintle init` in little projects of every kind: what it finds, writes, keeps and tells. What it writes is put to work:
// `pintle check`, `wrangler deploy --dry-run`, `tsc --strict`.

import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { execute, installed, wrangler } from './installed.mjs'

const PAGE = '<!doctype html><title>A page</title>'
const NEXT = (version) => ({ 'node_modules/next/package.json': { name: 'next', version } })
const MATCHER = "export const config = { matcher: ['/((?!_next/static|_next/image|favicon.ico).*)'] }"

let at

before(async () => {
  at = await installed()
})
after(() => at?.dispose())

/** Makes a project of `files` and runs `pintle init --json` in it. */
async function init(files, args = [], options) {
  const folder = await at.project(files, options)
  return { folder, ...(await again(folder, args)) }
}

async function again(folder, args = []) {
  const { code, stdout, stderr } = await at.pintle(['init', '--json', ...args], { cwd: folder })
  return { code, stderr, ...JSON.parse(stdout) }
}

const actions = ({ files }) => Object.fromEntries(files.map(({ path, action }) => [path, action]))
const text = (folder, file) => readFile(path.join(folder, file), 'utf8')

async function assertDeployable(folder, config = 'wrangler.toml') {
  const { code, stdout, stderr } = await wrangler(['deploy', '--dry-run', '--config', config], folder)
  assert.equal(code, 0, stdout + stderr)
  assert.match(stdout, /env\.PROFILES +KV Namespace/)
  assert.match(stdout, /env\.ASSETS +Assets/)
  return stdout
}

test('a Next.js app gets the file of its version, where its routers are and in its language', async () => {
  const cases = [
    [{ 'package.json': { dependencies: { next: '^14.2.0' } }, 'app/page.jsx': '' }, 'middleware.js', './', ['app']],
    [
      { 'package.json': { dependencies: { next: '15.x' } }, 'src/pages/index.js': '' },
      'src/middleware.js',
      '../',
      ['pages'],
    ],
    [
      {
        'package.json': { devDependencies: { next: '~15.5.1', typescript: '^5' } },
        'app/page.tsx': '',
        'pages/a.tsx': '',
      },
      'middleware.ts',
      './',
      ['app', 'pages'],
    ],
    [
      { 'package.json': { dependencies: { next: '16.4.5' } }, 'tsconfig.json': {}, 'src/app/a.tsx': '' },
      'src/proxy.ts',
      '../',
      ['app'],
    ],
    [
      { 'package.json': { dependencies: { next: '>=14.2 <17 || 15' } }, 'app/a.js': '', 'src/app/b.js': '' },
      'proxy.js',
      './',
      ['app'],
    ],
  ]
  for (const [files, name, up, routers] of cases) {
    const told = await init(files)
    assert.equal(told.code, 0)
    assert.deepEqual(actions(told), { 'personalization.json': 'written', [name]: 'written' })
    assert.deepEqual(told.project.routers, routers)
    const { $schema } = JSON.parse(await text(told.folder, 'personalization.json'))
    assert.equal($schema, './node_modules/pintle/personalization.schema.json')
    const content = await text(told.folder, name)
    assert.match(content, /^import \{ createMiddleware \} from 'pintle\/next'$/m)
    assert.ok(content.includes(`import personalization from '${up}personalization.json'\n`), content)
    assert.ok(content.includes(`export default createMiddleware({ personalization })\n${MATCHER}\n`), content)
    assert.equal((await at.pintle(['check'], { cwd: told.folder })).code, 0)
  }
})

test('the installed Next.js counts, and not the range in package.json', async () => {
  const manifest = { dependencies: { next: '^15.0.0' } }
  const here = await init({ 'package.json': manifest, 'app/a.js': '', ...NEXT('16.0.0') })
  assert.deepEqual(here.files[1].path, 'proxy.js')
  assert.match(here.project.because, /^Next\.js 16\.0\.0 \(node_modules\)/)
  const workspace = await at.project(NEXT('14.2.35'))
  const app = path.join(workspace, 'apps/web')
  await mkdir(app, { recursive: true })
  await writeFile(path.join(app, 'package.json'), JSON.stringify(manifest))
  assert.equal((await again(app)).project.version, '14.2.35')
})

test('a version that names no number is taken for the newest, and that is said', async () => {
  const { project } = await init({ 'package.json': { dependencies: { next: 'latest' } }, 'app/a.js': '' })
  assert.equal(project.major, 16)
  assert.match(project.because, /latest \(package\.json, taken for 16: npm install first to be sure\)/)
})

test('a Next.js that is too old is refused', async () => {
  for (const files of [{ 'package.json': { dependencies: { next: '13.5.0' } } }, NEXT('14.1.4')]) {
    const manifest = { dependencies: { next: '^14.0.0' } }
    const { code, error, folder } = await init({ 'package.json': manifest, ...files })
    assert.equal(code, 1)
    assert.match(error, /^Next\.js 1\d\.\d\.\d is too old, Pintle needs 14\.2 or newer: npm install next@latest$/)
    assert.ok(!(await readdir(folder)).includes('personalization.json'))
  }
})

test('what is written for Next.js passes tsc --strict beside the real Next.js', async () => {
  const compilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, module: 'esnext', moduleResolution: 'bundler' },
    ...{ resolveJsonModule: true, esModuleInterop: true, target: 'es2022', lib: ['es2023', 'dom'], types: ['node'] },
  }
  const files = {
    'package.json': { dependencies: { next: '16' } },
    'src/app/page.tsx': '',
    'tsconfig.json': { compilerOptions },
  }
  const folder = await at.project(files, { hasPackage: true })
  for (const name of ['next', 'react', '@types'])
    await symlink(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name))
  assert.deepEqual(actions(await again(folder)), { 'personalization.json': 'written', 'src/proxy.ts': 'written' })
  const { code, stdout } = await execute(path.join(root, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: folder })
  assert.equal(code, 0, stdout)
})

test('a middleware that is there is kept, and told what to add, with its own way to the file', async () => {
  const mine = 'export default function middleware() {}\n'
  const files = { 'package.json': { dependencies: { next: '16.0.0' } }, 'src/app/a.tsx': '', 'src/middleware.ts': mine }
  const told = await init(files)
  assert.equal(told.code, 1)
  assert.deepEqual(actions(told), { 'personalization.json': 'written', 'src/middleware.ts': 'kept' })
  assert.match(told.files[1].left, /import personalization from '\.\.\/personalization\.json'/)
  assert.match(told.files[1].left, /return pintle\(request, event\)/)
  assert.equal(await text(told.folder, 'src/middleware.ts'), mine)
  assert.ok(!(await readdir(path.join(told.folder, 'src'))).includes('proxy.js'))
  // Next.js 16 refuses an app with both files.
  const forced = await again(told.folder, ['--force'])
  assert.deepEqual(actions(forced), { 'personalization.json': 'unchanged', 'src/middleware.ts': 'replaced' })
  assert.match(await text(told.folder, 'src/middleware.ts'), /createMiddleware/)
  assert.equal(forced.code, 0)
})

test('a static site gets a wrangler.toml with which it can be deployed', async () => {
  const files = { 'public/index.html': PAGE, 'public/404.html': PAGE, 'public/css/a.css': '', '.env': 'SECRET=1' }
  const told = await init({ 'package.json': { name: '@me/My Site!' }, ...files }, [], { hasPackage: true })
  assert.equal(told.code, 0)
  assert.deepEqual(actions(told), { 'personalization.json': 'written', 'wrangler.toml': 'written' })
  const config = await text(told.folder, 'wrangler.toml')
  assert.match(config, /^name = "my-site"$/m)
  assert.match(config, /^run_worker_first = \["\/\*", "!\/css\/\*"\]$/m)
  assert.match(config, /^not_found_handling = "404-page"$/m)
  const stdout = await assertDeployable(told.folder)
  assert.match(stdout, /from the assets directory .*public\n/)
})

test('a site that something builds has its pages where that puts them', async () => {
  const cases = [
    [{ 'package.json': { dependencies: { astro: '^5' } }, 'public/favicon.ico': '' }, 'dist', ['/_astro/*']],
    [{ 'package.json': { devDependencies: { vite: '^7' } }, 'index.html': PAGE }, 'dist', ['/assets/*']],
    [{ 'package.json': { devDependencies: { '@11ty/eleventy': '^3' } } }, '_site', []],
    [
      {
        'package.json': { dependencies: { next: '16.0.0' } },
        'next.config.mjs': "export default { output: 'export' }",
      },
      'out',
      ['/_next/*'],
    ],
    [{ 'hugo.toml': '' }, 'public', []],
    [{ 'public/index.html': PAGE, 'build/index.html': PAGE, 'build/js/a.js': '' }, 'build', ['/js/*']],
  ]
  for (const [files, assets, noPages] of cases) {
    const { code, project } = await init(files)
    assert.equal(code, 0)
    assert.deepEqual({ assets: project.assets, noPages: project.noPages }, { assets, noPages }, project.because)
  }
})

test('output that is only a comment in next.config.js is no export', async () => {
  const config = "// output: 'export' is what we had\nmodule.exports = { /* output: 'export', */ }"
  const files = { 'package.json': { dependencies: { next: '15.0.0' } }, 'app/a.js': '', 'next.config.js': config }
  assert.equal((await init(files)).project.kind, 'next')
})

test('pages in the project folder are given one of their own, and never uploaded with the project', async () => {
  const files = { 'index.html': PAGE, 'about us.html': PAGE, 'css/a.css': '', 'src/a.js': '', 'vite.config.js': '' }
  const secrets = { '.env': 'SECRET=1', '.dev.vars': 'TICKET_KEYS=1', 'package.json': {} }
  const told = await init({ ...files, ...secrets }, [], { hasPackage: true })
  assert.equal(told.project.assets, 'public')
  const step = told.next.find((step) => step.startsWith('Move '))
  const { code } = await execute('sh', ['-c', step.slice(step.indexOf('mkdir'))], { cwd: told.folder })
  assert.equal(code, 0)
  assert.deepEqual(await readdir(path.join(told.folder, 'public')), ['about us.html', 'css', 'index.html'])
  assert.match(await assertDeployable(told.folder), /from the assets directory .*public\n/)
  for (const folder of ['.', '..', 'public/..']) {
    const { code, error } = await again(told.folder, ['--assets', folder, '--force'])
    assert.equal(code, 1)
    assert.match(error, /all of it would be uploaded, \.env and node_modules too/)
  }
})

test('--assets names the pages of a static site', async () => {
  const files = { 'package.json': { dependencies: { next: '16.0.0' } }, 'app/a.js': '', 'web/pages/index.html': PAGE }
  const told = await init(files, ['--assets', './web/pages/'], { hasPackage: true })
  assert.equal(told.project.kind, 'static')
  assert.match(await text(told.folder, 'wrangler.toml'), /^directory = "web\/pages"$/m)
  await assertDeployable(told.folder)
})

test('a package that is installed further up, as in a workspace, is found there', async () => {
  const workspace = await at.project({ 'sites/one/public/index.html': PAGE }, { hasPackage: true })
  const site = path.join(workspace, 'sites/one')
  assert.equal((await again(site)).code, 0)
  assert.match(await text(site, 'wrangler.toml'), /^main = "\.\.\/\.\.\/node_modules\/pintle\/dist\/worker\.mjs"$/m)
  await assertDeployable(site)
})

test('files that are there are kept, missing ones are written, and a second run changes nothing', async () => {
  const mine = '{ "features": {}, "deliver": [] }'
  const told = await init({ 'dist/index.html': PAGE, 'personalization.json': mine })
  assert.equal(told.code, 0)
  assert.deepEqual(actions(told), { 'personalization.json': 'kept', 'wrangler.toml': 'written' })
  assert.equal(await text(told.folder, 'personalization.json'), mine)
  const second = await again(told.folder)
  assert.equal(second.code, 0)
  assert.deepEqual(actions(second), { 'personalization.json': 'kept', 'wrangler.toml': 'unchanged' })
  assert.deepEqual((await readdir(told.folder)).sort(), ['dist', 'personalization.json', 'wrangler.toml'])
  const forced = await again(told.folder, ['--force'])
  assert.deepEqual(actions(forced), { 'personalization.json': 'replaced', 'wrangler.toml': 'unchanged' })
})

test('a personalization.json with mistakes is kept, and that is not overlooked', async () => {
  const { code, files } = await init({ 'dist/index.html': PAGE, 'personalization.json': '{}' })
  assert.equal(code, 1)
  assert.equal(files[0].left, 'It has 1 mistake: `npx pintle check` tells them.')
})

test('what is told to add to a wrangler.toml makes it deployable, with a Worker of its own or without', async () => {
  const common = 'name = "mine"\ncompatibility_date = "2026-04-01"\n'
  const bare = await init({ 'dist/index.html': PAGE, 'wrangler.toml': common }, [], { hasPackage: true })
  assert.equal(bare.code, 1)
  assert.equal(await text(bare.folder, 'wrangler.toml'), common)
  await writeFile(path.join(bare.folder, 'wrangler.toml'), common + bare.files[1].left)
  await assertDeployable(bare.folder)
  assert.deepEqual((await again(bare.folder)).code, 0)

  const own = `${common}main = "worker.js"\n`
  const more = await init({ 'dist/index.html': PAGE, 'wrangler.toml': own }, [], { hasPackage: true })
  const [config, within] = more.files[1].left.split('\n// ')
  const [, imported, returned] = within.split('\n')
  const worker = `${imported}\nexport default { fetch(request, env, context) {\n${returned}\n} }\n`
  await writeFile(path.join(more.folder, 'wrangler.toml'), own + config)
  await writeFile(path.join(more.folder, 'worker.js'), worker)
  await assertDeployable(more.folder)
})

test('a wrangler.jsonc is told in JSON what to add, and never replaced', async () => {
  const mine = '{ "name": "mine", "compatibility_date": "2026-04-01" }'
  const told = await init({ 'dist/index.html': PAGE, 'wrangler.jsonc': mine }, ['--force'], { hasPackage: true })
  assert.equal(told.code, 1)
  assert.deepEqual(actions(told), { 'personalization.json': 'written', 'wrangler.jsonc': 'kept' })
  await writeFile(path.join(told.folder, 'wrangler.jsonc'), mine.replace(' }', `,\n${told.files[1].left}}`))
  await assertDeployable(told.folder, 'wrangler.jsonc')
})

test('--dry-run shows what would be written, and writes nothing', async () => {
  const folder = await at.project({ 'dist/index.html': PAGE })
  const { code, stdout } = await at.pintle(['init', '--dry-run'], { cwd: folder })
  assert.equal(code, 0)
  assert.match(stdout, /^ {2}to be written +wrangler\.toml$/m)
  assert.match(stdout, /^directory = "dist"$/m)
  assert.deepEqual(await readdir(folder), ['dist'])
  const told = await again(folder, ['--dry-run'])
  assert.ok(told.dryRun)
  assert.equal(JSON.parse(told.files[0].content).view, 'WEB_PERSONALIZATION:FEATURES_BY_ANON')
})

test('people are told what was found, what was done and what comes next', async () => {
  const folder = await at.project({
    'app/a.tsx': '',
    'package.json': { dependencies: { next: '16.0.0' } },
    'pnpm-lock.yaml': '',
  })
  const { stdout } = await at.pintle(['init', folder])
  assert.match(stdout, /^Found Next\.js 16\.0\.0 \(package\.json\), app in the project folder, JavaScript\.$/m)
  assert.match(stdout, /^ {2}written +proxy\.js$/m)
  assert.match(stdout, /^Next:\n {2}1\. Add the package: pnpm add pintle$/m)
  assert.match(stdout, /npx pintle keygen/)
})

test('nobody is asked to install a package that is there', async () => {
  const site = { 'public/index.html': PAGE }
  const app = { 'app/a.js': '', 'package.json': { dependencies: { next: '16.0.0' } } }
  const asks = ({ next }) => next.some((step) => step.startsWith('Add the package'))
  for (const files of [site, app]) {
    assert.ok(asks(await init(files)))
    // Installed, but by a workspace, whose package.json is further up.
    assert.ok(!asks(await init(files, [], { hasPackage: true })))
    const workspace = await at.project({}, { hasPackage: true })
    const member = path.join(workspace, 'member')
    for (const [file, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(member, file)), { recursive: true })
      await writeFile(path.join(member, file), typeof content === 'string' ? content : JSON.stringify(content))
    }
    assert.ok(!asks(await again(member)))
    // Yarn's Plug'n'Play has no node_modules.
    const named = { ...files['package.json'], devDependencies: { pintle: '*' } }
    assert.ok(!asks(await init({ ...files, 'package.json': named })))
  }
})

test('people are told how to set TICKET_KEYS on their machine, and `pintle check` finds it there', async () => {
  for (const [files, name] of [
    [{ 'public/index.html': PAGE }, '.dev.vars'],
    [{ 'app/a.js': '', 'package.json': { dependencies: { next: '16.0.0' } } }, '.env.local'],
  ]) {
    const { folder, next } = await init(files, [], { hasPackage: true })
    const line = `echo "TICKET_KEYS=$(npx pintle keygen)" >> ${name}`
    assert.ok(
      next.some((step) => step.split('\n').includes(line)),
      next.join('\n'),
    )
    const pintle = `node ${path.join(folder, 'node_modules/pintle/dist/cli.js')}`
    const { code } = await execute('sh', ['-c', line.replace('npx pintle', pintle)], { cwd: folder })
    assert.equal(code, 0)
    const checked = await at.pintle(['check', '--json'], { cwd: folder })
    const { with: read, mistakes, notes } = JSON.parse(checked.stdout)
    assert.deepEqual(mistakes, [])
    assert.ok(read.includes(name))
    assert.ok(!notes.some((note) => note.includes('TICKET_KEYS')), notes.join('\n'))
  }
})

test('a folder in which nothing is found is told what to do', async () => {
  for (const [files, pattern] of [
    [
      { 'README.md': '' },
      /^no site was found: .*; build the site first, or name the folder of its pages with --assets$/,
    ],
    [{ 'package.json': '{,' }, /^package\.json is not JSON \(.*\): mend it and run this again$/],
    [
      { 'package.json': { dependencies: { astro: '5', '@astrojs/node': '9' } } },
      /renders on a server \(@astrojs\/node\): .*pintle\/fetch/,
    ],
    [
      { 'public/index.html': PAGE, 'wrangler.toml/a': '' },
      /^wrangler\.toml is there, but cannot be read: it is a folder; move it away/,
    ],
  ]) {
    const { folder, code, error, stderr } = await init(files)
    assert.equal(code, 1)
    assert.match(error, pattern)
    assert.ok(!(await readdir(folder)).includes('personalization.json'))
    assert.equal(stderr, `pintle: ${error}\n`)
  }
  const { code, error } = await again(at.folder, ['nowhere'])
  assert.equal(code, 2)
  assert.equal(error, 'nowhere is no folder: name the folder of a project')
})
