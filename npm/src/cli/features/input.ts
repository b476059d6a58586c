// What a `from:` reads: a table of the warehouse, and which events are its rows.

import { Untranslated, type Value } from './yaml_file.js'

export interface Input {
  /** Which of the tables it is: of all track events, of one event, of identifies, of page views. */
  kind: 'tracks' | 'event' | 'identifies' | 'pages'
  /** The event's name in the warehouse, for a table of one event. */
  event?: string
  /** Where its name as it is sent is told. */
  told?: string | undefined
  /** What was assumed. */
  note?: string
}

const KIND = /(?:^|_)(tracks|identifies|pages)$/
// Tables that RudderStack writes beside those of events, and that hold none.
const OTHERS = /^(?:users|aliases|groups|screens|rudder_discards)$/

/** Finds the inputs of a project by name; `files` are all of its files. */
export const inputs =
  (files: Value[]) =>
  (from: Value): Input => {
    const [, name] = /^inputs\/([^/]+)$/.exec(from.text ?? '') ?? []
    if (from.isAbsent) throw new Untranslated(from, 'is missing: without it, it is computed from other features')
    if (name === undefined)
      throw new Untranslated(from, `\`${from.text}\` is no input but a model, which only the warehouse has`)
    const all = files.flatMap((file) => file.get('inputs').items())
    const found = all.find((one) => one.get('name').text === name)
    if (found) return table(found, from, name)
    if (all.length > 0) throw new Untranslated(from, `no input is called \`${name}\``)
    // Without inputs.yaml the name is all there is to go by.
    const known = KIND.exec(snake(name))?.[1]
    if (known === undefined)
      throw new Untranslated(from, `nothing tells what \`${name}\` is: give the inputs.yaml, too`)
    return {
      kind: known as Input['kind'],
      note: `\`${from.text}\` is taken for the table \`${known}\`: no inputs.yaml was given`,
    }
  }

function table(input: Value, from: Value, name: string): Input {
  const defaults = input.get('app_defaults')
  const at = (member: string): Value => (defaults.get(member).isAbsent ? input.get(member) : defaults.get(member))
  const time = at('occurred_at_col').text
  if (time !== undefined && time !== 'timestamp')
    throw new Untranslated(from, `the input \`${name}\` goes by \`${time}\`, and events by their \`timestamp\``)
  const last = at('table').text?.split('.').at(-1)?.replace(/["`]/g, '').toLowerCase()
  if (last === undefined || last === '') {
    const others = ['view', 'sql', 'csv', 's3'].filter((member) => !at(member).isAbsent)
    throw new Untranslated(from, `the input \`${name}\` is no table${others.length > 0 ? ` but \`${others[0]}\`` : ''}`)
  }
  const known = KIND.exec(last)?.[1]
  if (known !== undefined) return { kind: known as Input['kind'] }
  if (OTHERS.test(last)) throw new Untranslated(from, `the table \`${last}\` has no events`)
  return { kind: 'event', event: last, told: at('event').text }
}

/** `rsTracks` as `rs_tracks` */
const snake = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
