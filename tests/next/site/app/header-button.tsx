'use client'

import { useDecision } from 'pintle/react'

/** The button of RudderStack's guide. `initial` is what the server knows already; a static page knows nothing. */
export function HeaderButton({ initial }: { initial?: boolean }) {
  const isSignedUp = useDecision('rs_activation_signed_up', initial) === true
  return (
    <a className="cta" href={isSignedUp ? '/request-demo' : '/try-for-free'}>
      {isSignedUp ? 'Request Demo' : 'Try for free'}
    </a>
  )
}
