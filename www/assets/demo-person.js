// The person in the demo bar: signs up, looks and buys through RudderStack's own SDK, and shows what is kept of it. What it
// needs lies below /_demo/, which `npm start` alone serves; without that the bar stays as it is.

import { collect, script, sdk } from './rudderstack.js'

const goods = ['tide-clock', 'sandglass', 'harbour-lamp', 'logbook', 'pencils', 'deck-mug', 'fog-tea', 'watch-blanket']
const product = () => goods[Math.floor(Math.random() * goods.length)]

const acts = [
  {
    label: 'Sign up',
    act: (analytics) => {
      const user = `user-${crypto.randomUUID().slice(0, 8)}`
      analytics.identify(user, { createdAt: new Date().toISOString(), plan: 'crew' })
    },
  },
  { label: 'Look at a product', act: (analytics) => analytics.track('Product Viewed', { product_id: product() }) },
  {
    label: 'Buy a product',
    act: async (analytics) => {
      const product_id = product()
      analytics.track('Product Added', { product_id })
      // Events of one millisecond have no order that anybody could know.
      await new Promise((resolve) => setTimeout(resolve, 10))
      analytics.track('Order Completed', { products: [{ product_id }] })
    },
  },
]

/** Values in words, with spaces at which a line may break. */
const written = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 1).replace(/\s+/g, ' '))

const pairs = (object) => Object.entries(object).map(([name, value]) => `${name}: ${written(value)}`)

/** Puts the person into the bar. `demo` is what the bar knows: the visitor, and how it makes elements. */
export async function showPerson(bar, { anonymousId, isOfSdk, leave, changed, element, fact }) {
  const ask = async () => {
    const response = await fetch(`/_demo/person?id=${encodeURIComponent(anonymousId() ?? '')}`)
    return response.ok ? response.json() : undefined
  }
  const first = await ask()
  if (!first) return
  const list = element('dl', {})
  const show = ({ ids, traits, features, events }) => {
    const facts = [
      ['Ids', 'ids', ids],
      ['Traits', 'traits', pairs(traits)],
      ['Features', 'features', pairs(features)],
      ['Last events', 'events', events.map(({ what, at }) => `${at.slice(11, 19)} ${what}`)],
    ]
    list.replaceChildren(...facts.map(([title, key, texts]) => fact(title, key, texts.length > 0 ? texts : ['none'])))
  }
  show(first)
  const group = element('div', { class: 'demo-acts', role: 'group', 'aria-label': 'Act, through RudderStack’s SDK' })
  for (const { label, act } of acts) {
    const button = element('button', { type: 'button' }, label)
    button.addEventListener('click', async () => {
      // The demo's own visitors stay as they are: somebody new acts.
      if (!isOfSdk()) leave()
      act(await sdk())
      changed()
    })
    group.append(button)
  }
  group.append(element('a', { href: '/shop' }, 'Visit the shop'))
  const person = element('section', { class: 'demo-said demo-person', 'aria-label': 'The person' }, group, list)
  bar.querySelector('details').append(person)

  // What was sent is kept once it is answered. Of answers to several calls the last one counts, whichever comes last.
  let looks = 0
  const look = async (entries) => {
    if (!entries.getEntries().some(({ name }) => name.startsWith(`${collect}/v1/`))) return
    looks += 1
    const which = looks
    const answer = await ask()
    if (answer && which === looks) show(answer)
    changed()
  }
  new PerformanceObserver(look).observe({ type: 'resource' })
  // A page may have it already, and then with attributes of its own.
  if (!window.pintle) await script('/_demo/pintle.js')
  window.pintle.onDecision('rs_activation_signed_up', () => {
    dispatchEvent(new Event('decided'))
    changed()
  })
  if (isOfSdk()) await sdk()
}
