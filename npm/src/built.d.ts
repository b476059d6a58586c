// Modules that the build makes beside those of this folder: the wasm module, and the settings that are built in.

/** The compiled core, by whichever way the runtime loads wasm. */
declare module '#wasm' {
  export default function compiled(): WebAssembly.Module
}

/** The personalization.json of who deploys the Worker: its text, or what it holds. */
declare module 'pintle/personalization.json' {
  const personalization: unknown
  export default personalization
}

/** A module as a Worker is uploaded with it: compiled. */
declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}

/** The compiled feed. */
declare module '#feed-wasm' {
  const compiled: WebAssembly.Module
  export default compiled
}

/** Its glue. */
declare module '#feed-glue' {
  /** Whoever sends events from a page of the site. */
  export interface Sender {
    /** Their anonymous id by the cookie of this very request. */
    readonly id: string | undefined
    /** Where their page is: the letters of the continent, and degrees east. */
    readonly continent: string | undefined
    readonly longitude: number | undefined
    /** What their object tells after their own event; nothing when it knows nobody. */
    tells(snapshot: string | undefined): void
  }

  export interface FeedGlue {
    __wbg_set_wasm(exports: WebAssembly.Exports): void
    fetch(
      request: Request,
      env: object,
      personalization: string,
      sender: Sender,
      onward: object,
    ): Promise<Response | undefined>
    dataPlaneTook(status: number): boolean | undefined
    checkFeed(personalization: string, variables: string): string
    feedCounts(): string
    personTakes(row: string | undefined, body: string, personalization: string, env: object): string
    personAcknowledges(row: string | undefined, user: string, versions: Float64Array): string
    personForgets(row: string | undefined, own: string, asked: string, now: number): string
    personLapses(row: string, now: number): string
    redisAsks(alias: string, data: string | undefined, personalization: string, env: object): string | undefined
    redisHeard(
      bytes: Uint8Array,
      replies: number,
      alias: string,
      data: string | undefined,
      personalization: string,
      env: object,
    ): string | undefined
    redisIsClean(bytes: Uint8Array, replies: number): boolean | undefined
    personWants(row: string, personalization: string, env: object): string
    personVersion(row: string, own: string, tables: string | undefined, personalization: string, env: object): string
    personTells(
      row: string | undefined,
      own: string,
      now: number,
      tables: string | undefined,
      personalization: string,
      env: object,
    ): string
    feedTables(personalization: string, variables: string): string
    trainTable(people: Uint32Array, items: Uint32Array, times: Float64Array): Float64Array
    recommends(tables: string, table: string, purchases: string, n: number): string
  }

  /** Makes a copy of the glue: its state belongs to one instance of the module. */
  export default function newGlue(): FeedGlue
}
