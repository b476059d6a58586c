// The demo's visitors, as scripts/demo-profiles.json and the demo bar know them.

import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { root } from '../../scripts/project.mjs'

/** The anonymous id of the visitor who signed up. */
export const DEMO_ID = '3f1c6a52-8d0e-4b7e-9a44-2c5b6d48ea90'

/** Puts the demo's profiles into a KV namespace. */
export async function putDemoProfiles(profiles) {
  const list = JSON.parse(await readFile(path.join(root, 'scripts/demo-profiles.json'), 'utf8'))
  for (const { key, value } of list) await profiles.put(key, value)
}
