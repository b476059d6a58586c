// What a site is made of, from the options of its user.

import type { Mistake, ShellKind } from '../core/wire.js'
import builtIn from '../personalization.js'
import { ambient, type Environment, text } from './environment.js'
import type { Options } from './options.js'
import { atUrl, type Look } from './published.js'
import type { Brought } from './transport/transport.js'

/** What a site is made of. */
export interface Given {
  /** The text of the personalization.json that is deployed. */
  personalization: string
  /** Brings the one that is published, where one may be. */
  published?: Look | undefined
  /** What is wrong with that for other parts than pages. */
  alsoWrong?: ((personalization: string) => Mistake[]) | undefined
  /** Variables and secrets, those of others among them. */
  environment: Environment
  brought: Brought
  delivers: ShellKind['delivers']
  /** Where a request came from, for the rate of the decision endpoint, where the site says so itself. */
  address?: ((headers: Headers) => string) | undefined
}

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
