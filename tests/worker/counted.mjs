// The built Worker, which tells at `/counted` how often the object of each alias was asked, how many rows all of them
// wrote (alarms among them, as Cloudflare counts), and how often KV was written.

import pintle, { Person as Counted } from '../../build/worker.mjs'

const counts = { asked: {}, rows: 0, puts: 0 }
const environments = new WeakMap()

/** Pintle keeps the first environment that it sees: each is made once. */
function environment(env) {
  const there = environments.get(env)
  if (there) return there
  const { PEOPLE: people, PROFILES: profiles } = env
  const counted = { ...env }
  if (people) {
    counted.PEOPLE = {
      idFromName: (name) => ({ name, id: people.idFromName(name) }),
      get({ name, id }, ...more) {
        counts.asked[name] = (counts.asked[name] ?? 0) + 1
        return people.get(id, ...more)
      },
    }
  }
  if (profiles) {
    counted.PROFILES = {
      get: (...get) => profiles.get(...get),
      delete: (...key) => profiles.delete(...key),
      put(...put) {
        counts.puts += 1
        return profiles.put(...put)
      },
    }
  }
  environments.set(env, counted)
  return counted
}

/** An object's storage as it is, but for what is counted. */
function storage(own) {
  const sql = {
    exec(...query) {
      const cursor = own.sql.exec(...query)
      counts.rows += cursor.rowsWritten
      return cursor
    },
  }
  return new Proxy(own, {
    get(own, name) {
      if (name === 'sql') return sql
      if (name === 'setAlarm') counts.rows += 1
      const member = own[name]
      return typeof member === 'function' ? member.bind(own) : member
    },
  })
}

export class Person extends Counted {
  constructor(context, env) {
    const counting = new Proxy(context, {
      get(own, name) {
        if (name === 'storage') return storage(own.storage)
        const member = own[name]
        return typeof member === 'function' ? member.bind(own) : member
      },
    })
    super(counting, environment(env))
  }
}

export default {
  fetch(request, env, context) {
    if (request.url.endsWith('/counted')) return Response.json(counts)
    return pintle.fetch(request, environment(env), context)
  },
}
