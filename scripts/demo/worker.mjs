// The demo's Worker, which `npm start` runs and nothing deploys: the built one, with the shop among the pages behind it; and
// below /_demo/ what the bar at the foot of a page needs: RudderStack's SDK as npm has it, Pintle's browser client, and a person
// as their objects keep them.

import client from '#client'
import sdk from '#sdk'
import { pageAt } from './shop/page.mjs'
import { personalization } from './shop/personalization.mjs'
import worker, { Person as Kept } from './worker.mjs'

const SCRIPTS = { '/_demo/rudderanalytics.js': sdk, '/_demo/pintle.js': client }

/** What the Worker is given: the shop's part of the decisions, and its pages beside the site's. */
function withShop(env) {
  const pages = {
    fetch(request) {
      const page = pageAt(new URL(request.url).pathname)
      const headers = { 'content-type': 'text/html; charset=utf-8' }
      return page ? Promise.resolve(new Response(page, { headers })) : env.ASSETS.fetch(request)
    },
  }
  return { ...env, PERSONALIZATION: personalization, ASSETS: pages }
}

/** A person's object that tells its row, too. */
export class Person extends Kept {
  #sql

  constructor(context, env) {
    super(context, withShop(env))
    this.#sql = context.storage.sql
  }

  async fetch(request) {
    if (new URL(request.url).pathname !== '/row') return super.fetch(request)
    const isMade = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'person'").toArray().length > 0
    const [kept] = isMade ? this.#sql.exec('SELECT row FROM person').toArray() : []
    return new Response(kept?.row ?? '{}')
  }
}

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url)
    if (!pathname.startsWith('/_demo/')) return worker.fetch(request, withShop(env), context)
    if (SCRIPTS[pathname]) return new Response(SCRIPTS[pathname], { headers: { 'content-type': 'text/javascript' } })
    const headers = { 'cache-control': 'no-store' }
    if (pathname === '/_demo/person') return Response.json(await person(env, searchParams.get('id')), { headers })
    return new Response(null, { status: 404 })
  },
}

/** Whoever has this anonymous id: the ids that are theirs, their traits, features and latest events. */
async function person({ PEOPLE: people, PROFILES: profiles }, id) {
  if (!id) return { ids: [], traits: {}, features: {}, events: [] }
  const ask = (alias, what) => people.get(people.idFromName(alias)).fetch(`https://people/${what}`)
  const own = `anonymous_id:${id}`
  const device = await (await ask(own, 'row')).json()
  const users = device.bindings?.users ?? []
  // What a device of one user knows is that user's.
  const row = users.length === 1 ? await (await ask(users[0], 'row')).json() : device
  const devices = Object.entries(row.shares ?? {}).flatMap(([alias, { is_shared }]) => (is_shared ? [] : alias))
  const snapshot = await ask(own, 'snapshot')
  const data = snapshot.status === 200 ? await snapshot.json() : await profiles.get(`user:${own}`, 'json')
  const { 'pintle:later': _, 'pintle:exact': __, ...views } = data ?? {}
  const logs = [row.log, ...Object.values(row.shares ?? {}).map(({ log }) => log)]
  const events = logs.flatMap((log) => log?.events ?? []).sort((a, b) => a.stamp.t - b.stamp.t)
  const writes = [...logs.flatMap((log) => log?.folded ?? []), ...events]
  return {
    ids: [...new Set([own, ...users, ...devices])],
    traits: Object.assign({}, ...writes.map(({ traits }) => traits)),
    features: Object.assign({}, ...Object.values(views)),
    events: events.slice(-5).map(({ kind, name, stamp, whole }) => ({
      what: [kind, name ?? whole?.properties?.path].filter(Boolean).join(' '),
      at: new Date(stamp.t).toISOString(),
    })),
  }
}
