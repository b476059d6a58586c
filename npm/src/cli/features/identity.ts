// The ids of a person: the section `identity` from `entities` and `id_types`. How ids are joined is Pintle's own: an
// anonymous id belongs to the user that it was seen with, and two users are never one person.

import { Untranslated, type Value } from './yaml_file.js'

export interface Filter {
  type: 'include' | 'exclude'
  regex?: string
  value?: string
}

export interface Id {
  maximum?: number
  filters?: Filter[]
}

/** Who hears of what is not translated, and of what has no counterpart. */
export interface Told {
  refuse(error: unknown): void
  note(text: string): void
}

/** What an entity has that is not about ids, and what stands for it here. */
const OTHERS: Record<string, string> = {
  id_column_name: 'has no counterpart: a person has no id of its own, and is found by each of theirs',
  id_stitcher: 'has no counterpart: ids are joined when an event has them together',
  feature_views: 'has no counterpart: every id finds all features, under the `view` of personalization.json',
  default_id_types: 'has no counterpart',
}
const USER = 'user_id'

/** The ids of the entity; `undefined` when the project declares none. */
export function identity(files: Value[], entity: Value | undefined, told: Told): Record<string, Id> | undefined {
  const types = new Map(
    files.flatMap((file) => file.get('id_types').items()).map((type) => [type.get('name').text ?? '', type]),
  )
  for (const [name, member] of entity?.members() ?? []) {
    const what = Object.hasOwn(OTHERS, name) ? OTHERS[name] : undefined
    if (what !== undefined) told.note(`${member.place}: ${member.path} ${what}`)
  }
  const listed = entity
    ?.get('id_types')
    .items()
    .map((item) => item.text ?? '')
  const names = listed && listed.length > 0 ? listed : [...types.keys()]
  const maxima = new Map<string, number>()
  for (const name of names) edges(name, types.get(name), maxima, told)
  const ids: Record<string, Id> = {}
  for (const name of names) {
    if (name === '' || name === 'main_id' || name === 'rudder_id') continue
    const filters = filtersOf(types.get(name), types, told)
    const maximum = maxima.get(name)
    ids[name] = { ...(maximum !== undefined && { maximum }), ...(filters.length > 0 && { filters }) }
  }
  return Object.keys(ids).length > 0 ? ids : undefined
}

/** Of all edges those of a user bound something: how many ids of a kind one person may have. */
function edges(name: string, type: Value | undefined, maxima: Map<string, number>, { refuse, note }: Told): void {
  for (const [other, maximum] of (type?.get('maximum_edges').items() ?? []).flatMap((edge) => edge.members())) {
    const number = Number(maximum.text)
    if (!Number.isSafeInteger(number) || number < 1) refuse(new Untranslated(maximum, 'must be a number from 1'))
    else if (name === USER) maxima.set(other, number)
    else if (other === USER && number === 1)
      note(`${maximum.place}: ${maximum.path} always holds: two users are never one person`)
    else if (other === USER)
      note(`${maximum.place}: ${maximum.path} is not more than 1 here: two users are never one person`)
    else refuse(new Untranslated(maximum, `only the ids of one \`${USER}\` can be bounded`))
  }
}

/** The filters in their order: those of the type that it extends come first. */
function filtersOf(type: Value | undefined, types: Map<string, Value>, told: Told, below: string[] = []): Filter[] {
  if (!type) return []
  const inherited: Filter[] = []
  const base = type.get('extends')
  const name = base.text
  if (name !== undefined) {
    const isKnown = types.has(name) && !below.includes(name)
    if (isKnown) inherited.push(...filtersOf(types.get(name), types, told, [...below, name]))
    else
      told.refuse(new Untranslated(base, below.includes(name) ? 'extends itself' : `no id type is called \`${name}\``))
  }
  const own = type
    .get('filters')
    .items()
    .flatMap((item) => {
      try {
        return filter(item)
      } catch (error) {
        told.refuse(error)
        return []
      }
    })
  return [...inherited, ...own]
}

function filter(item: Value): Filter {
  const type = item.get('type')
  if (type.text !== 'include' && type.text !== 'exclude') throw new Untranslated(type, 'must be `include` or `exclude`')
  const [value, regex] = [item.get('value').text, item.get('regex').text]
  if ((value === undefined) === (regex === undefined))
    throw new Untranslated(item, 'must have either `value` or `regex`')
  if (regex === undefined) return { type: type.text, value: value ?? '' }
  try {
    new RegExp(regex, 'u')
  } catch {
    throw new Untranslated(item.get('regex'), 'is no regular expression of ECMAScript')
  }
  return { type: type.text, regex }
}
