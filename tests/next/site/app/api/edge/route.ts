import { decisions } from 'pintle/next/server'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export async function GET() {
  return Response.json(await decisions())
}
