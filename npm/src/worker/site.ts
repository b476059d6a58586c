// The site of a Worker, of which there is one.

import builtIn from 'pintle/personalization.json'
import type { Mistake } from '../core/wire.js'
import { isSet, text } from '../shell/environment.js'
import { atUrl, CACHED_S, KEY, type Look } from '../shell/published.js'
import { Site } from '../shell/site.js'
import type { Env } from './bindings.js'

/** Made of the first request's environment, which is the same for all requests of an isolate. */
let site: Site | undefined

/** The site that an environment makes; `alsoWrong` is what is wrong with a personalization for others than pages. */
export function siteOf(env: Env, alsoWrong?: (personalization: string) => Mistake[]): Site {
  site ??= made(env, alsoWrong)
  return site
}

function made(env: Env, alsoWrong: ((personalization: string) => Mistake[]) | undefined): Site {
  const { PROFILES, PEOPLE } = env
  return new Site({
    personalization: text(undefined, env) ?? text(builtIn, {}) ?? '',
    published: published(env),
    alsoWrong,
    // Cloudflare writes the visitor's address here, whatever came from outside.
    environment: { DECISION_ADDRESS_HEADER: 'cf-connecting-ip', ...env },
    brought: {
      kv: typeof PROFILES === 'object' ? PROFILES : undefined,
      people: typeof PEOPLE === 'object' ? PEOPLE : undefined,
    },
    delivers: 'response',
  })
}

/** In KV, unless it stands at a URL. */
function published({ PERSONALIZATION_URL: url, PROFILES }: Env): Look | undefined {
  if (isSet(url)) return atUrl(url.trim())
  if (typeof PROFILES !== 'object') return undefined
  return async () => (await PROFILES.get(KEY, { type: 'text', cacheTtl: CACHED_S })) ?? undefined
}
