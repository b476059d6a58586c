// What is used of Cloudflare's sockets.

declare module 'cloudflare:sockets' {
  export function connect(
    address: { hostname: string; port: number },
    options: { secureTransport: 'on' | 'off' },
  ): {
    readable: ReadableStream<Uint8Array>
    writable: WritableStream<Uint8Array>
    opened: Promise<unknown>
    closed: Promise<void>
    close(): Promise<void>
  }
}
