// The built Worker, whose objects' KV does not tell many keys at once while the key `fails` is there; what objects have can be looked
// into, as in opened.mjs.

import pintle, { Person as Opened } from './opened.mjs'

function failing(own) {
  return {
    async get(key, kind) {
      if (Array.isArray(key) && (await own.get('fails', 'text')) !== null) throw new Error('KV GET failed: 500')
      return own.get(key, kind)
    },
    put: (...put) => own.put(...put),
    delete: (key) => own.delete(key),
  }
}

export class Person extends Opened {
  constructor(context, env) {
    super(context, { ...env, PROFILES: failing(env.PROFILES) })
  }
}

export default pintle
