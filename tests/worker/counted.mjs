// The built Worker, which tells at `/counted` how often the object of each alias was asked and near whom it is made, how many
// rows all of them wrote (alarms among them, as Cloudflare counts), and how often KV was written.

import pintle, { Person as Own } from '../../build/worker.mjs'

const counts = { asked: {}, near: {}, rows: 0, puts: 0 }
const environments = new WeakMap()

/** What the runtime gave, but for some members: what it is asked by is its own. */
function but(own, members) {
  return new Proxy(own, {
    get(own, name) {
      const member = Object.hasOwn(members, name) ? members[name] : own[name]
      return typeof member === 'function' && name !== 'constructor' ? member.bind(own) : member
    },
  })
}

/** Pintle keeps the first environment that it sees: each is made once. */
function environment(env) {
  const there = environments.get(env)
  if (there) return there
  const { PEOPLE: people, PROFILES: profiles } = env
  const get = (id, ...more) => {
    counts.asked[id.name] = (counts.asked[id.name] ?? 0) + 1
    counts.near[id.name] ??= more[0]?.locationHint
    return people.get(id, ...more)
  }
  const put = (...put) => {
    counts.puts += 1
    return profiles.put(...put)
  }
  const counted = { ...env, PEOPLE: but(people, { get }), ...(profiles && { PROFILES: but(profiles, { put }) }) }
  environments.set(env, counted)
  return counted
}

/** An object's storage as it is, but for what is counted. */
function storage(own) {
  const exec = (...query) => {
    const cursor = own.sql.exec(...query)
    counts.rows += cursor.rowsWritten
    return cursor
  }
  const setAlarm = (at) => {
    counts.rows += 1
    return own.setAlarm(at)
  }
  return but(own, { sql: { exec }, setAlarm })
}

export class Person extends Own {
  constructor(context, env) {
    super(but(context, { storage: storage(context.storage) }), environment(env))
  }
}

export default {
  fetch(request, env, context) {
    if (request.url.endsWith('/counted')) return Response.json(counts)
    // Where the request is from, as Cloudflare tells.
    const from = request.headers.get('x-from')
    const placed = from === null ? request : new Request(request, { cf: JSON.parse(from) })
    return pintle.fetch(placed, environment(env), context)
  },
}
