// A tiny Worker around the feed: what the feed does not answer, it does. `x-kv` says how KV fails in a request.

import { feed } from '../../npm/src/feed.ts'
import { instances } from './counted.mjs'

const fails = () => Promise.reject(new Error('KV says 500'))
const throws = () => {
  throw new TypeError('KV threw')
}

/** A value whose second half never comes. */
const breaksOff = () => {
  const halves = [new TextEncoder().encode('{"V":')]
  return new ReadableStream({
    pull: (value) => (halves.length > 0 ? value.enqueue(halves.pop()) : value.error(new Error('KV hung up'))),
  })
}

/** The environment whose KV fails in this way. */
function broken(env, how) {
  const own = { get: (...given) => env.PROFILES.get(...given), delete: (key) => env.PROFILES.delete(key) }
  const kv = {
    get: { ...own, get: fails },
    throw: { ...own, get: throws },
    delete: { ...own, delete: fails },
    'break off': { ...own, get: async () => breaksOff() },
    'no functions': {},
  }
  return { ...env, PROFILES: kv[how] }
}

export default {
  fetch(request, env, context) {
    const how = request.headers.get('x-kv')
    const answer = feed(request, how ? broken(env, how) : env, context, () => '')
    if (answer) return answer
    const { pathname } = new URL(request.url)
    if (pathname === '/instances') return new Response(String(instances.count))
    return new Response(`the site's own ${request.method} ${pathname}`)
  },
}
