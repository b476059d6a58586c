// What a bench came to: the last line that it prints, and a file for whoever compares.

import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { root } from '../scripts/project.mjs'

/** Prints the result as one line of JSON; with `json`, it is written to target/bench/`name`.json as well. */
export async function tell(name, result, { json }) {
  if (json) {
    const file = path.join(root, `target/bench/${name}.json`)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, `${JSON.stringify(result, null, 2)}\n`)
  }
  console.log(JSON.stringify(result))
}
