// Asking a person's Durable Object for its snapshot.

import { failed } from './failure.js'
import type { Flight } from './flight.js'

/** What is used of a namespace of Durable Objects. */
export interface ObjectNamespace {
  idFromName(name: string): unknown
  get(id: unknown): { fetch(url: string, init?: RequestInit): Promise<Response> }
}

export function getSnapshot(people: ObjectNamespace | undefined, name: string, readBytes: number): Flight {
  // The runtime ends what nobody waits for any more.
  return { reply: told(people, name, readBytes).catch(failed), cancel() {} }
}

async function told(people: ObjectNamespace | undefined, name: string, readBytes: number) {
  if (!people) throw new Error('there are no Durable Objects')
  const response = await people.get(people.idFromName(name)).fetch('https://people/snapshot')
  if (response.status === 204) return { value: undefined }
  const text = await response.text()
  if (response.status !== 200) throw new Error(`the object answered with status ${response.status}: ${text}`)
  // A character has a byte at least.
  return { value: text.slice(0, readBytes) }
}
