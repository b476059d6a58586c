// The decision route where Next.js keeps what is fetched, as Next.js 14 does everywhere.
export { GET } from 'pintle/next/decision'
export const fetchCache = 'default-cache'
