// What a site is made of, from the options of its user.

import builtIn from '../personalization.js'
import { ambient, text } from './environment.js'
import type { Options } from './options.js'
import { atUrl, type Look } from './published.js'
import type { Given } from './site.js'

/** What a site is made of; `delivers` is what its shell does with a plan. */
export function given(options: Options, delivers: Given['delivers']): Given {
  const { profile, personalization: own, address } = options
  const environment = options.environment ?? ambient()
  const personalization = text(typeof own === 'function' ? undefined : own, environment) ?? builtIn
  return {
    personalization,
    published: published(options, environment),
    environment,
    brought: { profile },
    delivers,
    address,
  }
}

function published({ personalization: own }: Options, { PERSONALIZATION_URL }: Record<string, string | undefined>) {
  if (typeof own === 'function') return (async (signal) => text(await own({ signal }), {})) satisfies Look
  return PERSONALIZATION_URL?.trim() ? atUrl(PERSONALIZATION_URL.trim()) : undefined
}
