// What is left to do after `pintle init`, in order.

import { exists, type Folder, firstOf, installed } from './folder.js'
import type { Project } from './project.js'
import type { StaticSite } from './static_site.js'

/** Lock files, and what adds a package where they lie. */
const ADDS: Record<string, string> = {
  'pnpm-lock.yaml': 'pnpm add',
  'yarn.lock': 'yarn add',
  'bun.lock': 'bun add',
  'bun.lockb': 'bun add',
}

export async function nextSteps(folder: Folder, project: Project): Promise<string[]> {
  const lock = await firstOf(folder.path, Object.keys(ADDS))
  const add = `${(lock && ADDS[lock]) ?? 'npm install'} pintle`
  // In a workspace it may be installed further up, and with Yarn's Plug'n'Play it is in no node_modules at all.
  const isAdded = 'pintle' in folder.dependencies || (await installed('pintle', folder.path)) !== undefined
  const steps = isAdded ? [] : [`Add the package: ${add}`]
  const decide = 'Say in personalization.json what is decided, and let it be checked: npx pintle check'
  return project.kind === 'next'
    ? [...steps, decide, ...nextApp()]
    : [...steps, ...(await site(folder, project, decide))]
}

const nextApp = () => [
  `Give the app its variables, in .env.local here and with your host:
ACTIVATION_DESTINATION_ID and ACTIVATION_TOKEN of RudderStack's Activation API, and TICKET_KEYS:
echo "TICKET_KEYS=$(npx pintle keygen)" >> .env.local`,
  'Check them: npx pintle check reads .env.local',
  'Start the app; /_pintle/health answers 200 with what runs, or tells all that is wrong.',
]

async function site(folder: Folder, { move, assets }: StaticSite, decide: string): Promise<string[]> {
  const steps = []
  if (move.length > 0) {
    const mkdir = (await exists(folder.path, assets)) ? '' : `mkdir ${assets} && `
    steps.push(
      `Move the pages and what belongs to them, for instance: ${mkdir}mv ${move.map(quoted).join(' ')} ${assets}/`,
    )
  }
  const build = folder.manifest.scripts?.build && move.length === 0 ? 'npm run build && ' : ''
  return [
    ...steps,
    decide,
    `Give it a key, so that visitors are looked up once and not on every page; .dev.vars is for this machine alone, and not for git:
echo "TICKET_KEYS=$(npx pintle keygen)" >> .dev.vars`,
    `Look at it here: ${build}npx wrangler dev`,
    `Give it another key at Cloudflare:
npx wrangler login
npx pintle keygen | npx wrangler secret put TICKET_KEYS`,
    `Deploy: ${build}npx wrangler deploy
/_pintle/health answers 200 with what runs, or tells all that is wrong.`,
    `Let profiles come: into the KV namespace PROFILES, or from RudderStack's Activation API:
set ACTIVATION_DESTINATION_ID in wrangler.toml, ACTIVATION_TOKEN in .dev.vars, and npx wrangler secret put ACTIVATION_TOKEN`,
  ]
}

const quoted = (name: string) => (/^[\w./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`)
