// Carries events on to RudderStack's data plane. What its answer means is the module's to say.

/** Headers that go along; those that begin so tell of the SDK's retries. Cookies are for the site alone. */
const ALONG = ['authorization', 'content-type', 'content-encoding', 'user-agent', 'anonymousid', 'origin', 'referer']
const OF_SDKS = 'rsa-'

/** How long the data plane may take: whoever sent the events waits for it. */
const DEADLINE_MS = 5_000

/** As HTTP says that something goes round in a circle. */
const LOOP_DETECTED = 508

/** What the module has a request carried on by. */
export interface Onward {
  carry(from: string, to: string, body: Uint8Array): Promise<number | string>
}

/** Carries a request on as it came. */
export function onward(request: Request): Onward {
  return {
    async carry(from, to, body) {
      if (withoutQuery(from) === withoutQuery(to)) return LOOP_DETECTED
      const along = [...request.headers].filter(([name]) => ALONG.includes(name) || name.startsWith(OF_SDKS))
      const headers = new Headers(along)
      // Cloudflare writes it, whatever came from outside.
      const address = request.headers.get('cf-connecting-ip')
      if (address !== null) headers.set('x-forwarded-for', address)
      const { method } = request
      // A view of the module's memory is what it was only now.
      return asked(to, { method, headers, body: method === 'GET' ? null : body.slice() })
    },
  }
}

function withoutQuery(url: string): string | undefined {
  return url.split(/[?#]/, 1)[0]
}

/** The status of the answer, or in what words there was none. */
export async function asked(url: string, init: RequestInit): Promise<number | string> {
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS)
    const response = await fetch(url, { ...init, redirect: 'manual', signal })
    await response.body?.cancel()
    return response.status
  } catch (error) {
    return String(error)
  }
}
