// What somebody writes in a page.

import { ask, decision, onDecision, trackExperience, type Value } from 'pintle/browser'
import { useDecision } from 'pintle/react'

declare const rudderanalytics: Parameters<typeof trackExperience>[0]

const value: Value | undefined = decision('rs_activation_signed_up')
export const isSignedUp = value === true
export const stop: () => void = onDecision('rs_activation_signed_up', (value) => console.log(value))
export const asked: Promise<void> = ask({ cookie: ['rs_activation_signed_up'], anonymousId: 'id' })
trackExperience(rudderanalytics, 'rs_activation_signed_up')

export function useSignedUp(): boolean {
  const text: Value | undefined = useDecision('plan')
  const shown: Value = useDecision('rs_activation_signed_up', false)
  return shown === true && text !== undefined
}

// @ts-expect-error A decision is not a boolean before it is looked at.
export const wrong: boolean = decision('rs_activation_signed_up')
// @ts-expect-error A question names its cookie.
ask({})
