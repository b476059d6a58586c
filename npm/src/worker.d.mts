/** The prebuilt Worker. It runs by itself as `main` of a wrangler.toml, or inside a Worker of one's own. */
declare const worker: {
  fetch(
    request: Request,
    env: unknown,
    context: { waitUntil(task: Promise<unknown>): void; passThroughOnException(): void },
  ): Promise<Response>
}
export default worker
