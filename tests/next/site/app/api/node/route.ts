import { decisions } from 'pintle/next/server'

export const dynamic = 'force-dynamic'

export async function GET() {
  return Response.json(await decisions())
}
