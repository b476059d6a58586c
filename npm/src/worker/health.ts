// The health of a Worker that takes events: what the pages' health says, and how the feed does. What is wrong with either is
// a 503; the pages are served in any case.

import type { Health } from '../feed.js'
import { inTime, type Tables } from './shelf.js'

/** The pages' answer, with the feed in it. */
export async function withFeed(answer: Response, { tables = [], ...told }: Health, kv: unknown): Promise<Response> {
  const missing = tables.length > 0 ? { tablesMissing: await missingOf(tables, kv) } : {}
  const feed = { ...told, ...missing }
  const pages = (await answer.json()) as { status: string }
  const isWrong = feed.mistakes.length > 0
  const status = isWrong && pages.status !== 'unpersonalised' ? 'unfed' : pages.status
  return Response.json({ feed, ...pages, status }, { status: isWrong ? 503 : answer.status, headers: answer.headers })
}

/** Which tables KV does not have: what they recommend is in nobody's profile. No mistake: a shop begins without orders. */
async function missingOf(keys: string[], kv: unknown): Promise<string[] | string> {
  if (typeof kv !== 'object' || kv === null) return keys
  try {
    const found = await inTime((kv as Tables).get(keys, 'text'))
    return keys.filter((key) => (found.get(key) ?? null) === null)
  } catch (error) {
    return `KV does not tell: ${error}`
  }
}
