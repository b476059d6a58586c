// The built Worker, with objects of people that break when they are told to.

import worker, { Person as Real } from '../../build/worker.mjs'

export class Person extends Real {
  #sql
  #isBroken = false

  constructor(context, env) {
    super(context, env)
    this.#sql = context.storage.sql
  }

  async fetch(request) {
    const { pathname } = new URL(request.url)
    if (pathname === '/break') this.#isBroken = true
    else if (pathname === '/row') this.#sql.exec('UPDATE person SET row = ?', await request.text())
    else if (this.#isBroken) throw new Error('the storage is on fire')
    else return super.fetch(request)
    return new Response('')
  }
}

export default worker
