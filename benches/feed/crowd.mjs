// A realistic mix of events, as RudderStack's browser SDK (3.34.1) writes them: 7 of 10 are page views, 2 are tracks, 1 is an
// identify; a third of the visitors are logged in. Features are those of RudderStack's guides.

import { generator } from '../../tests/random.mjs'

const PROFILE = {
  USER_APP_SIGN_UP: { exists: { trait: 'createdAt' }, as: 'number' },
  user_app_sign_up_date: { first: { trait: 'createdAt' } },
  product_tier_app: { last: { trait: 'plan' } },
  recent_five_purchases: {
    lastDistinctN: { event: 'Order Completed', value: 'properties.products[*].product_id', n: 5 },
    shape: ['purchase_1', 'purchase_2', 'purchase_3', 'purchase_4', 'purchase_5'],
  },
  recently_viewed: { lastDistinctN: { event: 'Content Viewed', value: 'properties.content_id', n: 5 } },
  funnel: { sequence: ['Product Added', 'Checkout Started', 'Order Completed'] },
}
const WITH_PAGES = { ...PROFILE, looked_at: { lastDistinctN: { type: 'page', value: 'properties.path', n: 5 } } }

const settings = (profile) =>
  JSON.stringify({
    view: 'WEB_PERSONALIZATION:FEATURES_BY_ANON',
    features: {
      signed_up: {
        defaultValue: false,
        rules: [{ condition: { USER_APP_SIGN_UP: { $in: [1, '1', true] } }, force: true }],
      },
    },
    deliver: [{ feature: 'signed_up', cookie: { name: 'rs_activation_signed_up', maxAge: '1d' } }],
    profile,
  })

/** The guides' features; and besides one that hears of every page view. */
export const personalizations = { guides: settings(PROFILE), pages: settings(WITH_PAGES) }

const TRACKS = ['Content Viewed', 'Product Added', 'Checkout Started', 'Order Completed', 'Link Clicked', 'Form Seen']
const MIX = ['page', 'page', 'page', 'page', 'page', 'page', 'page', 'track', 'track', 'identify']

/** How far apart a visitor's events are. */
const APART_MS = 20_000

/** Visitors by their number, who go on with what they do; `start` makes others of them. */
export function visitors(seed, { nowMs = Date.now(), start = '2c5b6d48' } = {}) {
  const draw = generator(seed)
  let events = 0
  /** The next event of the visitor `number`, `back` events before now. */
  function event(number, back = 0, kind = MIX[draw(MIX.length)]) {
    events += 1
    const isNamed = number % 3 === 0
    const at = new Date(nowMs - back * APART_MS).toISOString()
    const path = `/docs/${draw(200)}`
    // The SDK repeats them with every event; few change in the minutes that are looked at.
    const plan = number % 60 === 0 ? 'pro' : 'free'
    const traits = isNamed ? { email: `${number}@example.com`, plan, createdAt: '2026-11-20' } : {}
    return {
      type: kind,
      channel: 'web',
      messageId: `${start}-${seed}-${events}`,
      anonymousId: `${start}-ea90-43a2-a2f6-${String(number).padStart(12, '0')}`,
      userId: isNamed ? `user-${start}-${number}` : '',
      originalTimestamp: at,
      sentAt: at,
      ...(kind === 'track' && track(TRACKS[draw(TRACKS.length)], draw)),
      ...(kind === 'page' && { name: 'docs', properties: page(path) }),
      context: { ...CONTEXT, traits, page: page(path) },
      integrations: { All: true },
    }
  }
  return { event, batch: (number, size) => Array.from({ length: size }, (_, at) => event(number, size - at)) }
}

function track(name, draw) {
  const products = [{ product_id: `sku-${draw(300)}`, quantity: 1, price: 29 }]
  return { event: name, properties: { content_id: `c${draw(300)}`, order_id: `o${draw(1e6)}`, products } }
}

const page = (path) => ({
  path,
  referrer: 'https://shop.example/',
  referring_domain: 'shop.example',
  search: '',
  title: 'Documentation',
  url: `https://shop.example${path}`,
  tab_url: `https://shop.example${path}`,
  initial_referrer: '$direct',
  initial_referring_domain: '',
})

/** What the SDK adds to every event. */
const CONTEXT = {
  sessionId: 1764061206820,
  app: {
    name: 'RudderLabs JavaScript SDK',
    namespace: 'com.rudderlabs.javascript',
    version: '3.34.1',
    installType: 'npm',
  },
  library: { name: 'RudderLabs JavaScript SDK', version: '3.34.1', snippetVersion: '' },
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  os: { name: '', version: '' },
  locale: 'en-GB',
  timezone: 'GMT+0100',
  screen: { width: 1920, height: 1080, density: 1, innerWidth: 1200, innerHeight: 900 },
  campaign: {},
}
