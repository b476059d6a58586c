// Where objects keep their SQLite for a while. What is killed loses nothing of what was written, in memory or on a disk:
// so memory, where there is some.

import { access, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

const MEMORY = '/dev/shm'

/** Makes a new folder, below `within` or where it is quickest. */
export async function room(within) {
  const quickest = await access(MEMORY).then(
    () => MEMORY,
    () => tmpdir(),
  )
  return mkdtemp(path.join(within ?? quickest, 'pintle-objects-'))
}
