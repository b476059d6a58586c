// `pintle/browser`: decisions in the page. At most 1.5 KB (gzip) with everything, and nothing that is not used.

export { ask, type Question } from './ask.js'
export { decision, onDecision, type Value } from './decision.js'
export { type Loading, type Sdk, type Tracking, trackExperience } from './experience.js'
