// The health of a Worker that takes events: what the pages' health says, and how the feed does. What is wrong with either is
// a 503; the pages are served in any case.

import type { Health } from '../feed.js'

/** The pages' answer, with the feed in it. */
export async function withFeed(answer: Response, feed: Health): Promise<Response> {
  const pages = (await answer.json()) as { status: string }
  const isWrong = feed.mistakes.length > 0
  const status = isWrong && pages.status === 'ok' ? 'unfed' : pages.status
  return Response.json({ feed, ...pages, status }, { status: isWrong ? 503 : answer.status, headers: answer.headers })
}
