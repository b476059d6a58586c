// A static site: which folder its pages are in, by what builds them or by where an index.html is.

import { readdir } from 'node:fs/promises'
import path from 'node:path'

import { Refused } from './failure.js'
import { exists, type Folder, firstOf } from './folder.js'
import { isExported } from './next_app.js'
import { list } from './output.js'

export interface StaticSite {
  kind: 'static'
  /** The folder that is uploaded, with `/`. */
  assets: string
  /** Paths in it that are no pages, as `run_worker_first` takes them. */
  noPages: string[]
  /** Whether it has a 404.html; `undefined` when it is not there yet. */
  has404: boolean | undefined
  /** What lies in the project's own folder and belongs into `assets`. */
  move: string[]
  because: string
}

interface Builder {
  name: string
  /** The dependency, or the files, by which it is known. */
  by: string | string[]
  output: string
  noPages?: string
}

/** What builds static sites, and where to. The more special come first: most of them have Vite below. */
const BUILDERS: Builder[] = [
  { name: 'Astro', by: 'astro', output: 'dist', noPages: '/_astro/*' },
  { name: 'Docusaurus', by: '@docusaurus/core', output: 'build', noPages: '/assets/*' },
  { name: 'Eleventy', by: '@11ty/eleventy', output: '_site' },
  { name: 'Gatsby', by: 'gatsby', output: 'public', noPages: '/static/*' },
  { name: 'Create React App', by: 'react-scripts', output: 'build', noPages: '/static/*' },
  { name: 'SvelteKit', by: '@sveltejs/adapter-static', output: 'build', noPages: '/_app/*' },
  { name: 'VitePress', by: ['docs/.vitepress'], output: 'docs/.vitepress/dist', noPages: '/assets/*' },
  { name: 'VitePress', by: 'vitepress', output: '.vitepress/dist', noPages: '/assets/*' },
  { name: 'Nuxt', by: 'nuxt', output: '.output/public', noPages: '/_nuxt/*' },
  { name: 'Hexo', by: 'hexo', output: 'public' },
  { name: 'Vite', by: 'vite', output: 'dist', noPages: '/assets/*' },
  { name: 'Parcel', by: 'parcel', output: 'dist' },
  { name: 'Hugo', by: ['hugo.toml', 'hugo.yaml', 'hugo.json', 'config/_default'], output: 'public' },
  { name: 'Jekyll', by: ['_config.yml'], output: '_site' },
  { name: 'MkDocs', by: ['mkdocs.yml'], output: 'site' },
]

/** Frameworks that render on a server of their own: there Pintle runs inside, and not in front. */
const SERVERS =
  /^@astrojs\/(cloudflare|node|netlify|vercel)$|^@sveltejs\/kit$|^@remix-run\/|^@react-router\/(node|cloudflare|serve|express)$/

/** Where pages are looked for. What a build makes comes first: `public` is often what it is made from. */
const FOLDERS = ['dist', 'build', 'out', '_site', 'public', 'www', 'site']
/** Folders that hold no pages in most sites. */
const NO_PAGES = ['assets', 'css', 'js', 'images', 'img', 'fonts', 'static']

/** The folder as a static site; `named` is where the user says that its pages are. */
export async function staticSite(folder: Folder, named: string | undefined): Promise<StaticSite> {
  if (named !== undefined) return described(folder, ofItsOwn(folder, named), 'a static site, as --assets says')
  if ('next' in folder.dependencies && (await isExported(folder.path)))
    return described(folder, 'out', "a Next.js app with `output: 'export'`, which has no server", '/_next/*')
  const server = Object.keys(folder.dependencies).find((name) => SERVERS.test(name))
  if (server && !('@sveltejs/adapter-static' in folder.dependencies))
    throw new Refused(
      `this project renders on a server (${server}): wrap its handler with pintle/fetch, or name the folder of a static build with --assets`,
    )
  const builder = await builderOf(folder)
  if (builder) return described(folder, builder.output, `a site that ${builder.name} builds`, builder.noPages)
  const found: string[] = []
  for (const name of FOLDERS) if (await exists(folder.path, name, 'index.html')) found.push(name)
  const [first, ...others] = found
  if (first !== undefined) {
    const more = others.length > 0 ? `, as ${list(others)} has, too: --assets names another` : ''
    return described(folder, first, `a static site: ${first} has an index.html${more}`)
  }
  if (await exists(folder.path, 'index.html')) return atTheTop(folder)
  throw new Refused(
    'no site was found: this is no Next.js app, and there is no index.html here or in ' +
      `${list(FOLDERS)}; build the site first, or name the folder of its pages with --assets`,
  )
}

async function builderOf({ path: at, dependencies }: Folder): Promise<Builder | undefined> {
  for (const builder of BUILDERS) {
    const { by } = builder
    if (typeof by === 'string' ? by in dependencies : await firstOf(at, by)) return builder
  }
  return undefined
}

async function described(folder: Folder, assets: string, because: string, noPages?: string): Promise<StaticSite> {
  const at = path.join(folder.path, assets)
  const isThere = await exists(at)
  const known: string[] = []
  for (const name of NO_PAGES) if (await exists(at, name)) known.push(`/${name}/*`)
  const all = new Set([...(noPages ? [noPages] : []), ...known])
  const has404 = isThere ? await exists(at, '404.html') : undefined
  const where = `its pages are in ${assets}${isThere ? '' : ', which is not there yet'}`
  return { kind: 'static', assets, noPages: [...all], has404, move: [], because: `${because}; ${where}` }
}

/** The folder that the user names. All that is in it is uploaded, so the project must not be. */
function ofItsOwn(folder: Folder, named: string): string {
  const assets = path.resolve(folder.path, named)
  const inside = path.relative(assets, folder.path)
  if (inside === '' || !(inside.startsWith('..') || path.isAbsolute(inside)))
    throw new Refused(
      `--assets ${named} holds the project itself, and all of it would be uploaded, .env and node_modules too: give the pages a folder of their own, such as public`,
    )
  return path.relative(folder.path, assets).split(path.sep).join('/')
}

/**
 * Pages beside package.json and the like. Wrangler uploads the whole assets folder, whatever is in it, and while it
 * serves one that it writes its own state into, it never stops starting anew.
 */
async function atTheTop(folder: Folder): Promise<StaticSite> {
  const move = await sitesOwn(folder.path)
  const because =
    'a static site: index.html lies in the project folder. All that is in an assets folder is uploaded, so the pages need one of their own: public'
  const noPages = NO_PAGES.filter((name) => move.includes(name)).map((name) => `/${name}/*`)
  return { kind: 'static', assets: 'public', noPages, has404: move.includes('404.html'), move, because }
}

const PAGE_FILES =
  /\.(html?|css|m?js|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|otf|webmanifest|pdf|mp4|webm|wasm)$|^(robots|humans|ads)\.txt$|^(sitemap|feed|rss|atom)\.xml$|^manifest\.json$|^_(headers|redirects)$/i
const NO_PAGE_FILES = /\.config\.|^(gulpfile|gruntfile)|^\./i
const NO_PAGE_FOLDERS = /^(\..*|node_modules|src|lib|scripts|tests?|docs)$/

/** What lies at the top and looks like the site's own: the user has the last word. */
async function sitesOwn(at: string): Promise<string[]> {
  const own: string[] = []
  for (const entry of await readdir(at, { withFileTypes: true })) {
    const { name } = entry
    const isOwn = entry.isDirectory()
      ? !NO_PAGE_FOLDERS.test(name) && (await readdir(path.join(at, name))).some((file) => PAGE_FILES.test(file))
      : PAGE_FILES.test(name) && !NO_PAGE_FILES.test(name)
    if (isOwn) own.push(name)
  }
  return own.sort()
}
