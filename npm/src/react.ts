// `pintle/react`: a decision in a component, without a hydration mismatch.
'use client'

import { useCallback, useSyncExternalStore } from 'react'

import { decision, onDecision, type Value } from './browser/decision.js'

/**
 * The decision in the cookie `cookie`, and the component is rendered again when it changes.
 *
 * `initial` is what the server rendered: the decision that it knew (`decisions()` of `pintle/next/server`), and nothing
 * ever flickers; or, on a static page, the default. It is what the first render in the browser shows, too, so hydration
 * finds what it expects, and what is shown as long as there is no cookie.
 */
export function useDecision(cookie: string, initial: Value): Value
export function useDecision(cookie: string, initial?: Value): Value | undefined
export function useDecision(cookie: string, initial?: Value): Value | undefined {
  const subscribe = useCallback((changed: () => void) => onDecision(cookie, changed), [cookie])
  return useSyncExternalStore(
    subscribe,
    () => decision(cookie) ?? initial,
    () => initial,
  )
}
