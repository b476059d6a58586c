// The built Worker, whose objects can be looked into (see `opened.mjs`), and have a KV that refuses what is written
// (`GET /kv?refuses=yes`) until it takes it again (`GET /kv`).

import pintle, { Person as Opened } from './opened.mjs'

export class Person extends Opened {
  #kv

  constructor(context, env) {
    const kv = { refuses: false }
    const refusing =
      (name, namespace) =>
      (key, ...more) => {
        if (kv.refuses) throw new Error('KV PUT failed: 429 Too Many Requests')
        return namespace[name](key, ...more)
      }
    const { PROFILES } = env
    const written = Object.fromEntries(['put', 'delete'].map((name) => [name, refusing(name, PROFILES)]))
    super(context, { ...env, PROFILES: { get: (...given) => PROFILES.get(...given), ...written } })
    this.#kv = kv
  }

  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname !== '/kv') return await super.fetch(request)
    this.#kv.refuses = searchParams.has('refuses')
    return new Response(null, { status: 204 })
  }
}

export default pintle
