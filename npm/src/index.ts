// `pintle` itself, which holds nothing: whoever imports it is told the entries. It has the names of theirs, for without
// them Node.js and bundlers would only say that a name is missing, and TypeScript nothing that helps.

/** What stands in the place of a name that is imported from `pintle`: it is in the named entries. */
export interface ImportItFrom<Entry extends string> {
  readonly entry: Entry
}

const ENTRIES = `There is nothing in 'pintle' itself: import from
  'pintle/next'           the middleware of a Next.js app (proxy from Next.js 16 on); 'pintle/next/server' and 'pintle/next/decision' beside it
  'pintle/fetch'          around any server of Requests and Responses
  'pintle/worker'         the Worker of Cloudflare; 'pintle/worker/feed' takes events and answers the Activation API, too
  'pintle/browser'        in a page
  'pintle/react'          in a component of React`

function elsewhere<Entry extends string>(): ImportItFrom<Entry> {
  throw new Error(ENTRIES)
}

export const createMiddleware = elsewhere<'pintle/next'>()
export const middleware = elsewhere<'pintle/next'>()
export const proxy = elsewhere<'pintle/next'>()
export const decisions = elsewhere<'pintle/next/server'>()
export const createDecisionRoute = elsewhere<'pintle/next/decision'>()
export const GET = elsewhere<'pintle/next/decision'>()
export const createHandler = elsewhere<'pintle/fetch'>()
export const decision = elsewhere<'pintle/browser' | 'pintle/next/server'>()
export const onDecision = elsewhere<'pintle/browser'>()
export const ask = elsewhere<'pintle/browser'>()
export const trackExperience = elsewhere<'pintle/browser'>()
export const useDecision = elsewhere<'pintle/react'>()
export const Person = elsewhere<'pintle/worker/feed'>()
export default elsewhere<
  'pintle/next' | 'pintle/fetch' | 'pintle/worker' | 'pintle/worker/feed' | 'pintle/browser' | 'pintle/react'
>()
