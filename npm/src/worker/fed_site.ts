// The site of a Worker with a feed: what is published must be right for that, too.

import { health } from '../feed.js'
import type { Site } from '../shell/site.js'
import type { Env } from './bindings.js'
import { siteOf } from './site.js'

export const fedSiteOf = (env: Env): Site =>
  siteOf(env, (personalization) => health(env, personalization)?.mistakes.filter(({ at }) => at.startsWith('$')) ?? [])
