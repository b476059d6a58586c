// What is on its way between a shell and a source.

import type { Reply } from '../../core/wire.js'

/** Whether bytes are all of so many replies: nothing where more must come; then whether the connection can be used again. */
export type IsClean = (bytes: Uint8Array, replies: number) => boolean | undefined

/** Something that is being carried. */
export interface Flight {
  /** It never rejects: what went wrong is a reply, too. */
  readonly reply: Promise<Reply>
  /** Ends it: nobody waits for the reply any more. */
  cancel(): void
}
