// The built Worker, which besides tells what the objects of aliases know: `POST /told` with a list of aliases is answered
// with a list of their `data` objects, null where nobody is known.

import pintle from '../../../build/worker.mjs'

export { Person } from '../../../build/worker.mjs'

async function told(alias, people) {
  const response = await people.get(people.idFromName(alias)).fetch('https://people/snapshot')
  const text = await response.text()
  return response.status === 204 ? null : text
}

export default {
  async fetch(request, env, context) {
    if (!request.url.endsWith('/told')) return pintle.fetch(request, env, context)
    const aliases = await request.json()
    return Response.json(await Promise.all(aliases.map((alias) => told(alias, env.PEOPLE))))
  },
}
