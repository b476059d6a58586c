// The site of a Worker, of which there is one.

import builtIn from 'pintle/personalization.json'
import { text } from '../shell/environment.js'
import { Site } from '../shell/site.js'
import type { Env } from './bindings.js'

/** Made of the first request's environment, which is the same for all requests of an isolate. */
let site: Site | undefined

/** The text of the `personalization.json` in the environment, else of the one that is built in. */
export function personalizationOf(env: Env): string {
  return text(undefined, env) ?? text(builtIn, {}) ?? ''
}

/** The site that an environment makes. */
export function siteOf(env: Env): Site {
  site ??= made(env)
  return site
}

function made(env: Env): Site {
  const { PROFILES, PEOPLE } = env
  return new Site({
    personalization: personalizationOf(env),
    // Cloudflare writes the visitor's address here, whatever came from outside.
    environment: { DECISION_ADDRESS_HEADER: 'cf-connecting-ip', ...env },
    brought: {
      kv: typeof PROFILES === 'object' ? PROFILES : undefined,
      people: typeof PEOPLE === 'object' ? PEOPLE : undefined,
    },
    delivers: 'response',
  })
}
