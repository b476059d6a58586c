// What wasm-bindgen exports for src/javascript: plain strings and JSON texts in and out.

/** A request as the core sees it: a `Request` of the Fetch standard is one. */
export interface Incoming {
  readonly method: string
  readonly url: string
  readonly headers: { get(name: string): string | null }
}

export interface Identified {
  fetch(): string | undefined
  respond(outcome: string, lookupMs?: number): string
  free(): void
}

export interface Pintle {
  settings(): string
  identify(request: Incoming, nowMs: number): Identified
  identifyAsking(request: Incoming, address: string, nowMs: number): Identified
  forwarded(request: Incoming, nowMs: number): string | undefined
  recall(id: string, nowMs: number): string | undefined
  remember(id: string, outcome: string, nowMs: number): void
  mayAsk(source: string, nowMs: number): boolean
  note(source: string, failed: string | undefined, nowMs: number): string | undefined
  question(id: string): string | undefined
  readAnswer(id: string, status: number, body: string): string
  free(): void
}

export interface Glue {
  __wbg_set_wasm(exports: WebAssembly.Exports): void
  Pintle: new (personalization: string, variables: string, brings: string) => Pintle
  version(): string
  checkPersonalization(text: string): string
  readAnonymousId(raw: string): string
  openDecisions(value: string, keys?: string): string | undefined
  privateCacheControl(cacheControl?: string): string
  sharedCacheHeaders(): string
}

/** Makes a copy of the glue: its state belongs to one instance of the module. */
export default function newGlue(): Glue
