// What is on its way between a shell and a source.

import type { Reply } from '../../core/wire.js'

/** Something that is being carried. */
export interface Flight {
  /** It never rejects: what went wrong is a reply, too. */
  readonly reply: Promise<Reply>
  /** Ends it: nobody waits for the reply any more. */
  cancel(): void
}
