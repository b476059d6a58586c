// A profile as people have it at hand: features, or the Activation API's answer, or the `data` of that.

import { Refused, WrongUsage } from './failure.js'
import { read, type Variables } from './input.js'
import { list } from './output.js'

type Json = Record<string, unknown>

/** A profile, or why there is none; `null` is how the core is told that no source knows the visitor. */
export interface Found {
  features: Json | null
  /** The view that the features are of. */
  view?: string
  /** Where the features come from, or why there are none. */
  because?: string
}

const MEND = "give the view's features, the Activation API's answer or its `data`: '{\"USER_APP_SIGN_UP\": 1}'"

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The profile that `--profile` gives: JSON, a file or standard input. */
export async function profileFrom(given: string | undefined, text: string, environment: Variables): Promise<Found> {
  if (given === undefined) return { features: null, because: '--profile gives none, so no source knows the visitor' }
  const isInline = /^\s*([{["]|null\s*$)/.test(given)
  const source = isInline ? '--profile' : given === '-' ? 'standard input' : given
  const document = parsed(isInline ? given : await read(given, MEND), source)
  if (document === null) return { features: null, because: `${source} is null: no source knows the visitor` }
  if (!isObject(document)) throw new WrongUsage(`${source} is not a profile: ${MEND}`)
  const view = environment.PROFILE_VIEW ?? viewOf(text)
  return view === undefined ? { features: document, because: source } : featuresOf(document, view, environment, source)
}

function parsed(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new WrongUsage(`${source} is not JSON (${(error as Error).message}): ${MEND}`)
  }
}

/** The view of a personalization.json; what is wrong with the file is told by whoever checks it. */
function viewOf(text: string): string | undefined {
  try {
    const { view } = JSON.parse(text)
    return typeof view === 'string' ? view : undefined
  } catch {
    return undefined
  }
}

function featuresOf(document: Json, view: string, environment: Variables, source: string): Found {
  const isAnswer = isObject(document.data) && ('entity' in document || 'id' in document)
  const data = isAnswer ? (document.data as Json) : document
  const key = keyOf(data, view, environment.PROFILE_VIEW_MATCH === 'ignore-case')
  if (key !== undefined) {
    const features = data[key]
    if (features === null) return { features, because: `the view ${key} is null: no source knows the visitor` }
    if (!isObject(features)) throw new WrongUsage(`${source} has no object at ${key}: ${MEND}`)
    return { features, view, because: `the view ${key} of ${source}` }
  }
  if (isAnswer && Object.keys(data).length === 0)
    return { features: null, because: '`data` is {}: no source knows the visitor' }
  if (isAnswer || holdsViews(data)) throw new Refused(otherViews(data, view, source))
  return { features: document, view, because: `features of ${view}, from ${source}` }
}

function keyOf(data: Json, view: string, ignoresCase: boolean): string | undefined {
  if (view in data) return view
  return ignoresCase ? Object.keys(data).find((key) => key.toLowerCase() === view.toLowerCase()) : undefined
}

/** Features are numbers, texts, booleans and null; only views are objects. */
const holdsViews = (data: Json) => Object.keys(data).length > 0 && Object.values(data).every(isObject)

function otherViews(data: Json, view: string, source: string): string {
  const there = list(Object.keys(data))
  return `${source} has the views ${there}, and not ${view}: name the right one in "view" of personalization.json, or in PROFILE_VIEW`
}
