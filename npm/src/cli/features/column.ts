// What a column of RudderStack's warehouse tables is in the event that became the row.

import type { Input } from './input.js'

export type Column =
  /** At a path of the event; `isAssumed` when several paths would give a column of this name. */
  | { is: 'path'; path: string; isAssumed: boolean }
  /** A trait of the person. */
  | { is: 'trait'; trait: string }
  /** The event's name, as it is sent or as the warehouse writes it. */
  | { is: 'event'; isWritten: boolean }
  | { is: 'timestamp' }
  /** Nothing in the event is it. */
  | { is: 'unknown'; why: string }

const OWN: Record<string, string> = {
  anonymous_id: 'anonymousId',
  user_id: 'userId',
  id: 'messageId',
  channel: 'channel',
  context_user_agent: 'context.userAgent',
  context_session_id: 'context.sessionId',
  context_session_start: 'context.sessionStart',
}
const CLOCKS = /^(?:sent_at|received_at|original_timestamp|loaded_at|uuid_ts)$/
// Objects of RudderStack's context, which the warehouse flattens into columns.
const FLAT = /^context_(app|campaign|device|library|location|network|os|page|screen|traits)_(.+)$/

export function column(name: string, { kind }: Input): Column {
  if (name === 'timestamp') return { is: 'timestamp' }
  if (CLOCKS.test(name))
    return { is: 'unknown', why: `of an event's times only \`timestamp\` is kept, not \`${name}\`` }
  if (kind === 'tracks' || kind === 'event') {
    if (name === 'event') return { is: 'event', isWritten: true }
    if (name === 'event_text') return { is: 'event', isWritten: false }
  } else if (name === 'event' || name === 'event_text') {
    return { is: 'unknown', why: `\`${kind}\` has no column \`${name}\`` }
  }
  if (!/^\w+$/.test(name)) return { is: 'unknown', why: `\`${name}\` is no column that RudderStack makes` }
  const own = Object.hasOwn(OWN, name) ? OWN[name] : undefined
  if (own !== undefined) return path(own)
  if (kind === 'pages' && name === 'name') return path(name)
  return flattened(name, kind)
}

function flattened(name: string, kind: Input['kind']): Column {
  const [, of, rest] = FLAT.exec(name) ?? []
  if (of !== undefined && rest !== undefined) return path(`context.${of}.${rest}`, rest.includes('_'))
  const [, prefix, after = name] = /^(context|properties|traits)_(.+)$/.exec(name) ?? []
  if (prefix === 'context') return path(`context.${after}`, after.includes('_'))
  if (prefix === 'traits' || (prefix === undefined && kind === 'identifies')) return { is: 'trait', trait: after }
  return path(`properties.${after}`, after.includes('_'))
}

const path = (path: string, isAssumed = false): Column => ({ is: 'path', path, isAssumed })
