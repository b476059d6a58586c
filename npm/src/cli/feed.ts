// The feed's module as the command runs it: in Node.js, to check settings, where there is something to check, and to train tables.

import { readFile } from 'node:fs/promises'

import newGlue, { type FeedGlue } from '#feed-glue'
import type { Mistake } from '../core/check.js'
import type { Variables } from './input.js'

/** What checks the feed's own part of a personalization and its environment. */
export type CheckFeed = (personalization: string, environment: Variables) => Mistake[]

/** What checks settings. */
export async function startFeed(): Promise<CheckFeed> {
  const glue = await startGlue()
  return (personalization, environment) => JSON.parse(glue.checkFeed(personalization, JSON.stringify(environment)))
}

/** Starts the module. It lies beside the command, in one file with the glue. */
export async function startGlue(): Promise<FeedGlue> {
  const glue = newGlue()
  const module = await WebAssembly.compile(await readFile(new URL('feed.wasm', import.meta.url)))
  const { exports } = await WebAssembly.instantiate(module, { './pintle_feed_bg.js': glue as never })
  glue.__wbg_set_wasm(exports)
  ;(exports.__wbindgen_start as (() => void) | undefined)?.()
  return glue
}
