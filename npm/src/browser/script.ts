// `pintle/browser` as one line of HTML, for a site without a bundler:
//
//   <script src="/pintle.js" data-cookie="rs_activation_signed_up" data-ask data-track></script>
//
// It exposes `window.pintle`, and keeps `<html data-pintle="rs_activation_signed_up=true">` up to date, so that a style
// sheet can follow a decision: `html:not([data-pintle~='rs_activation_signed_up=true']) .for-signed-up { display: none }`.

import { ask } from './ask.js'
import { decision, onDecision } from './decision.js'
import { type Loading, type Sdk, trackExperience, whenReady } from './experience.js'
import type * as browser from './index.js'

declare global {
  interface Window {
    pintle: typeof browser
  }
}

/** The attributes of the script's own tag, each of them optional. */
interface Attributes {
  /** `data-cookie`: the decisions' cookies, separated by spaces. */
  cookie?: string
  /** `data-ask`: asks for those that are not there, as soon as there is an anonymous id; at another endpoint: its path. */
  ask?: string
  /** `data-anonymous-id`: asks with the SDK's anonymous id as a parameter, because it is in no cookie. */
  anonymousId?: string
  /** `data-track`: tracks the experience of the first cookie; as another trait: its name. */
  track?: string
}

const attributes: Attributes = { ...document.currentScript?.dataset }
const cookies = attributes.cookie?.match(/\S+/g) ?? []

window.pintle = { ask, decision, onDecision, trackExperience }

/** Writes what is known into the page's root element. */
function show() {
  const known = cookies.flatMap((cookie) => {
    const value = decision(cookie)
    return value === undefined ? [] : `${cookie}=${encodeURIComponent(value)}`
  })
  document.documentElement.dataset.pintle = known.join(' ')
}

const askFor = (anonymousId?: string) => ask({ cookie: cookies, anonymousId, endpoint: attributes.ask || undefined })

/** Does what takes the SDK; tells whether there is one. */
function start() {
  const { rudderanalytics: sdk } = window as { rudderanalytics?: Sdk | Loading }
  if (!sdk) return false
  const { track, anonymousId } = attributes
  if (track !== undefined && cookies[0]) trackExperience(sdk, cookies[0], { trait: track || undefined })
  if (waits) whenReady(sdk, (ready) => askFor(anonymousId === undefined ? anonymousId : ready.getAnonymousId()))
  return true
}

show()
for (const cookie of cookies) onDecision(cookie, show)
// A visitor of earlier pages has the SDK's cookie: the endpoint knows whom it is asked about without the SDK.
const isKnown = attributes.anonymousId === undefined && decision('rl_anonymous_id') !== undefined
const waits = attributes.ask !== undefined && !isKnown
if (attributes.ask !== undefined && isKnown) askFor()
if (!start()) addEventListener('load', start)
