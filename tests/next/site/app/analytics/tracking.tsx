'use client'

import { type Sdk, trackExperience } from 'pintle/browser'
import { useEffect } from 'react'

declare global {
  interface Window {
    rudderanalytics?: Sdk | unknown[]
  }
}

/** Tells RudderStack which experience the visitor had. */
export function Tracking() {
  useEffect(() => {
    if (window.rudderanalytics) return trackExperience(window.rudderanalytics, 'rs_activation_signed_up')
  }, [])
  return null
}
