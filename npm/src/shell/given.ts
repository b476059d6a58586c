// What a site is made of, from the options of its user.

import builtIn from '../personalization.js'
import { ambient, text } from './environment.js'
import type { Options } from './options.js'
import type { Given } from './site.js'

/** What a site is made of; `delivers` is what its shell does with a plan. */
export function given(options: Options, delivers: Given['delivers']): Given {
  const { profile, personalization, address } = options
  const environment = options.environment ?? ambient()
  const brought = { profile }
  return { personalization: text(personalization, environment) ?? builtIn, environment, brought, delivers, address }
}
