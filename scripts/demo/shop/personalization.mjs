// What the demo decides by: personalization.json, and what the shop adds to each of its sections.

import own from '../../../personalization.json'
import shop from './personalization.json'

export const personalization = JSON.stringify({
  ...own,
  features: { ...own.features, ...shop.features },
  deliver: [...own.deliver, ...shop.deliver],
  profile: { ...own.profile, ...shop.profile },
  recommendations: shop.recommendations,
})
