import { decisions } from 'pintle/next/server'

export const dynamic = 'force-dynamic'

// What speaks of one visitor, and whose author nevertheless allows every shared cache to keep it.
export async function GET() {
  return Response.json(await decisions(), { headers: { 'cache-control': 'public, s-maxage=60' } })
}
