export const dynamic = 'force-dynamic'

// What its author allows every shared cache to keep.
export async function GET() {
  const headers = { 'cache-control': 'public, s-maxage=60', 'content-type': 'text/html' }
  return new Response(`<p id="made">${crypto.randomUUID()}</p>`, { headers })
}
