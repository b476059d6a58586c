// The wrangler.toml of a static site with the prebuilt Worker in front, and what goes into a configuration that is there.

import type { StaticSite } from './static_site.js'

export interface Config {
  name: string
  /** Where the prebuilt Worker lies. */
  main: string
  site: StaticSite
}

/** The runtime that this package was tested with. */
const COMPATIBILITY_DATE = '2026-04-01'

const text = (value: unknown) => JSON.stringify(value)

/** The paths that go through Pintle; the others cost no request of the Worker. */
const workerFirst = ({ noPages }: StaticSite) => ['/*', ...noPages.map((pattern) => `!${pattern}`)]

const strings = (values: string[]) => `[${values.map(text).join(', ')}]`

/** The whole file. */
export function wranglerToml({ name, main, site }: Config): string {
  const notFound = site.has404 ? '' : '# '
  return `# The Worker on Cloudflare: \`npx wrangler deploy\` puts it there, \`npx wrangler dev\` runs it here.
# Secrets are never written here: \`npx wrangler secret put NAME\` keeps them at Cloudflare, and the file .dev.vars has those
# of \`npx wrangler dev\`, a line NAME=value each; keep it out of git.

name = ${text(name)}

# The prebuilt Worker.
main = ${text(main)}
compatibility_date = ${text(COMPATIBILITY_DATE)}

# What is decided: this file of yours is built in, instead of the package's own.
[alias]
"pintle/personalization.json" = "./personalization.json"

# The site. Pages go through Pintle; what is no page costs no request.
[assets]
directory = ${text(site.assets)}
binding = "ASSETS"
run_worker_first = ${strings(workerFirst(site))}
${notFound}not_found_handling = "404-page"

# Profiles, by \`user:anonymous_id:<id>\`. Wrangler makes the namespace at the first deploy and fills in its id.
[[kv_namespaces]]
binding = "PROFILES"

# RudderStack's Activation API instead of profiles in KV: the id of its destination here, and its service access token
# as the secret ACTIVATION_TOKEN.
# [vars]
# ACTIVATION_DESTINATION_ID = ""
`
}

/** What must be added to a configuration that is there, in its own format. */
export function addedToWrangler(config: Config, present: string, at: string): string {
  const hasMain = at.endsWith('.toml') ? /^\s*main\s*=/m.test(present) : /"main"\s*:/.test(present)
  const added = at.endsWith('.toml') ? inToml(config, hasMain) : inJson(config, hasMain)
  return hasMain ? `${added}\n${WITHIN}` : added
}

function inToml({ main, site }: Config, hasMain: boolean): string {
  return `${hasMain ? '' : `main = ${text(main)}\n\n`}[alias]
"pintle/personalization.json" = "./personalization.json"

[assets]
directory = ${text(site.assets)}
binding = "ASSETS"
run_worker_first = ${strings(workerFirst(site))}

[[kv_namespaces]]
binding = "PROFILES"
`
}

function inJson({ main, site }: Config, hasMain: boolean): string {
  const members = {
    ...(hasMain ? {} : { main }),
    alias: { 'pintle/personalization.json': './personalization.json' },
    assets: { directory: site.assets, binding: 'ASSETS', run_worker_first: workerFirst(site) },
    kv_namespaces: [{ binding: 'PROFILES' }],
  }
  return `${JSON.stringify(members, null, 2).slice(2, -2)}\n`
}

/** A Worker that is there hands to Pintle what is the site's. */
const WITHIN = `// and in the Worker that its main names, for every request that is the site's:
import pintle from 'pintle/worker'
return pintle.fetch(request, env, context)
`
