// A Profiles project as the sections `identity` and `profile`: what of it is the visitor's, and what becomes of each part.

import { type Declaration, declaration } from './entity_var.js'
import { eventNames } from './event_name.js'
import { type Id, identity } from './identity.js'
import { inputs } from './input.js'
import { sql } from './sql.js'
import { Untranslated, Value } from './yaml_file.js'

export interface Translation {
  identity?: { ids: Record<string, Id> }
  profile?: Record<string, Declaration>
  /** How many features were translated. */
  translated: number
  refused: { place: string; at: string; what: string }[]
  notes: string[]
}

/** Translates a project; `texts` are its files, each by its name. */
export function translate(
  texts: [string, string][],
  { entity: chosen, event = {} }: { entity?: string; event?: Record<string, string> },
): Translation {
  const files = texts.map(([file, text]) => Value.read(text, file))
  const refused: Translation['refused'] = []
  const notes = new Set<string>()
  const told = {
    refuse(error: unknown): void {
      if (!(error instanceof Untranslated)) throw error
      refused.push({ place: error.at.place, at: error.at.path, what: error.message })
    },
    note: (text: string): void => void notes.add(text),
  }
  const entities = files.flatMap((file) => file.get('entities').items())
  const entity = entities.find((one) => one.get('name').text === (chosen ?? 'user')) ?? only(entities, chosen)
  const name = chosen ?? entity?.get('name').text ?? 'user'
  const ids = identity(files, entity, told)
  const profile: Record<string, Declaration> = {}
  const project = { find: inputs(files), names: event, told, profile }
  for (const group of files.flatMap((file) => file.get('var_groups').items())) translateGroup(group, name, project)
  for (const model of files.flatMap((file) => file.get('models').items()))
    told.note(`${model.place}: ${model.path} has no counterpart: models are the warehouse's`)
  const translated = Object.keys(profile).length
  return {
    ...(ids && { identity: { ids } }),
    ...(translated > 0 && { profile }),
    translated,
    refused,
    notes: [...notes],
  }
}

const only = (entities: Value[], chosen: string | undefined): Value | undefined =>
  chosen === undefined && entities.length === 1 ? entities[0] : undefined

interface Project {
  find: ReturnType<typeof inputs>
  /** What is told of the names of events. */
  names: Record<string, string>
  told: { refuse(error: unknown): void; note(text: string): void }
  profile: Record<string, Declaration>
}

function translateGroup(group: Value, entity: string, project: Project): void {
  const key = group.get('entity_key')
  const isOther = !key.isAbsent && key.text !== entity
  const grain = group.get('time_grain')
  if (!grain.isAbsent && !isOther)
    project.told.note(
      `${grain.place}: ${grain.path} has no counterpart: features are as of the page that asks for them`,
    )
  for (const item of group.get('vars').items()) {
    try {
      const [[kind, variable] = ['nothing', item]] = item.members()
      if (isOther) throw new Untranslated(variable, `is of the entity \`${key.text}\`, and a visitor is \`${entity}\``)
      if (kind !== 'entity_var') throw new Untranslated(variable, `only \`entity_var\` is translated, not \`${kind}\``)
      translateVar(variable, project)
    } catch (error) {
      project.told.refuse(error)
    }
  }
}

function translateVar(entityVar: Value, { find, names, told, profile }: Project): void {
  const name = entityVar.get('name')
  if (name.text === undefined) throw new Untranslated(name, 'is missing')
  if (entityVar.get('is_feature').plain === false) {
    told.note(`${entityVar.place}: ${entityVar.path}: \`${name.text}\` is no feature, and is not written`)
    return
  }
  if (Object.hasOwn(profile, name.text)) throw new Untranslated(name, `\`${name.text}\` is there twice`)
  // What is computed from other features has no `from`, and tells more by its `select`.
  if (entityVar.get('from').isAbsent) sql(entityVar.get('select'))
  const input = find(entityVar.get('from'))
  if (input.note !== undefined) told.note(input.note)
  // What is assumed for a feature that is refused in the end, is of no interest.
  const notes: string[] = []
  const note = (text: string): void => void notes.push(text)
  const written = declaration(entityVar, { input, eventName: eventNames(names, note), note })
  for (const text of notes) told.note(text)
  Object.defineProperty(profile, name.text, { value: written, enumerable: true, configurable: true, writable: true })
}
