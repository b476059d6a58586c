// The shop's own script: the basket, what RudderStack is told of it, and what is picked for whoever bought. The pages have all of
// it in them already (scripts/demo/shop/page.mjs): here it is shown and hidden. Without RudderStack and without Pintle one can
// still buy, and the picks are what others ask for most.

import { collect, sdk } from '../rudderstack.js'

const KEPT = 'neap-basket'
/** Nobody waits longer for an answer to their order, nor for what is picked for them. */
const PATIENCE_MS = 2_000

const one = (selector, within = document) => within.querySelector(selector)
const all = (selector, within = document) => [...within.querySelectorAll(selector)]
const rest = () => new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))

/** What is in the basket: how many of each good, by its id. */
const basket = () => {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {}
  } catch {
    return {}
  }
}

const keep = (goods) => {
  localStorage.setItem(KEPT, JSON.stringify(goods))
  show()
}

const say = (text) => one('.said').replaceChildren(text)

/** Shows the basket: its number on every page, its lines on its own. */
function show() {
  const goods = basket()
  const number = Object.values(goods).reduce((sum, count) => sum + count, 0)
  one('.top .number').textContent = number
  const page = one('.basket')
  if (!page) return
  let total = 0
  for (const line of all('[data-line]', page)) {
    const count = goods[line.dataset.line] ?? 0
    const cost = count * line.dataset.price
    total += cost
    line.hidden = count === 0
    one('.count', line).textContent = count > 1 ? `× ${count}` : ''
    one('.cost', line).textContent = `€${cost}`
  }
  one('.total strong', page).textContent = `€${total}`
  one('.full', page).hidden = number === 0
  one('.empty', page).hidden = number > 0
  delete page.dataset.waits
}

/** RudderStack's SDK for whoever acts: the demo's own visitors stay as they are, it is somebody new who acts. */
function acting() {
  if (window.pintleDemo?.isPlayed()) window.pintleDemo.leave()
  return sdk().catch(() => undefined)
}

const track = async (event, properties) => (await acting())?.track(event, properties)

/** The good that the page shows, as RudderStack's e-commerce events have it. */
function viewed() {
  const { view, name, price } = one('[data-view]').dataset
  return { product_id: view, name, price: Number(price), currency: 'EUR' }
}

/** Resolves when a call that is made from now on is answered: the decisions and the ticket are in the answer. */
function answered(call) {
  const since = performance.now()
  const answer = new Promise((resolve) => {
    const look = (entries) => {
      const isAnswer = ({ name, startTime }) => startTime >= since && name === `${collect}/v1/${call}`
      if (entries.getEntries().some(isAnswer)) resolve()
    }
    new PerformanceObserver(look).observe({ type: 'resource' })
  })
  return Promise.race([answer, rest()])
}

function add({ dataset: { add: id } }) {
  const goods = basket()
  keep({ ...goods, [id]: (goods[id] ?? 0) + 1 })
  const link = Object.assign(document.createElement('a'), { href: '/shop/basket', textContent: 'Go to the basket' })
  one('.said').replaceChildren('It is in your basket. ', link)
  return track('Product Added', { ...viewed(), quantity: 1 })
}

function remove({ dataset: { remove: id } }) {
  const { [id]: _, ...others } = basket()
  keep(others)
  // The button is gone: focus goes to the next one, or to what says that there is none.
  one('.basket [data-line]:not([hidden]) [data-remove], .basket .empty:not([hidden])').focus()
  return track('Product Removed', { product_id: id })
}

async function order(button) {
  button.disabled = true
  say('Your order is being placed …')
  const lines = all('.basket [data-line]:not([hidden])').map(({ dataset: { line, name, price } }) => {
    return { product_id: line, name, price: Number(price), quantity: basket()[line] }
  })
  const order_id = crypto.randomUUID().slice(0, 8)
  const total = lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0)
  const analytics = await Promise.race([acting(), rest()])
  if (analytics) {
    const answer = answered('track')
    analytics.track('Order Completed', { order_id, total, currency: 'EUR', products: lines })
    // The next page is right once this is answered.
    await answer
  }
  sessionStorage.setItem('neap-order', order_id)
  localStorage.removeItem(KEPT)
  location.assign('/shop/thank-you')
}

async function join() {
  say('One moment …')
  // Where the visitor is when the page switches under them, a screen reader is, too.
  window.pintle?.onDecision('rewards_member', (is) => is && one('.rewards .for-members').focus())
  const analytics = await Promise.race([acting(), rest()])
  const answer = answered('identify')
  const user = analytics?.getUserId() || `user-${crypto.randomUUID().slice(0, 8)}`
  analytics?.identify(user, { membership_status: 'member' })
  if (analytics) await answer
  if (window.pintle?.decision('rewards_member') !== true) say('The rewards cannot be reached just now.')
}

const ACTS = { add, remove, order, join }
document.addEventListener('click', ({ target }) => {
  for (const [name, act] of Object.entries(ACTS)) {
    const button = target.closest(`[data-${name}]`)
    if (button) act(button)
  }
})

/** Shows what is picked for the visitor in place of what others ask for: as many, so that nothing moves. */
async function pick(section) {
  const shown = all('[data-good]:not([hidden])', section)
  const ids = await recommended().catch(() => [])
  const known = ids.map((id) => one(`[data-good="${id}"]`, section)).filter(Boolean)
  if (known.length > 0) {
    for (const card of shown) card.hidden = true
    for (const card of known.slice(0, shown.length)) {
      card.hidden = false
      card.parentNode.append(card)
    }
    const title = one('h2', section)
    title.textContent = title.dataset.bought
  }
  delete section.dataset.waits
}

/** What Pintle recommends: nothing to somebody who has no id yet, who is nobody to it. */
async function recommended() {
  if (!document.cookie.includes('rl_anonymous_id=')) return []
  const response = await fetch('/_pintle/recommendations', { signal: AbortSignal.timeout(PATIENCE_MS) })
  return response.ok ? ((await response.json()).recommendations.RECOMMENDED ?? []) : []
}

show()
// Another tab's basket is this one's.
addEventListener('storage', show)
// A page that comes back as it was left may have been left in the middle of an order.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload())
const orderId = sessionStorage.getItem('neap-order')
if (orderId) one('[data-order-id]')?.append(`Order ${orderId}`)
for (const section of all('.picks')) pick(section)
if (!window.pintleDemo?.isPlayed()) {
  if (one('[data-view]')) track('Product Viewed', viewed())
  else acting()
}
