// A crowd and what it does: every event is drawn from the seed and its number alone, so that none of a million has to be
// kept. People come in pairs: each has two devices, some have a user, and now and then one uses the other's device.

import { generator } from '../../../tests/random.mjs'

const HOUR_MS = 3_600_000
/** Over how long all that happens. */
const SPAN_MS = 24 * HOUR_MS

const KINDS = ['page', 'page', 'page', 'page', 'Look', 'Buy', 'Buy', 'Buy', 'identify', 'identify']

const PERSONALIZATION = {
  view: 'V',
  features: {},
  profile: {
    ORDERS: { count: { event: 'Buy' } },
    SPENT: { sum: { event: 'Buy', value: 'properties.total' } },
    BOUGHT: { lastDistinctN: { event: 'Buy', value: 'properties.skus[*]', n: 3 } },
    FUNNEL: { sequence: ['Look', 'Buy'] },
    PLAN: { last: { trait: 'plan' } },
    ROLE: { last: { trait: 'role' }, trust: 'server' },
  },
}
export const personalization = JSON.stringify(PERSONALIZATION)

/** `events` of `people`, all of them before `nowMs`. */
export function crowd({ people, events, seed, nowMs }) {
  const startMs = nowMs - SPAN_MS - HOUR_MS
  const happensMs = (number) => startMs + Math.floor((number / events) * SPAN_MS)

  /** Who does it, with which device and as which user: numbers of people. */
  function actor(draw) {
    const person = draw(people)
    const isAway = draw(50) === 0
    const device = `d${isAway ? person ^ 1 : person}-${draw(5) === 0 ? 1 : 0}`
    const hasUser = person % 3 === 0
    return { person, device, user: hasUser && (isAway || draw(2) === 0) ? `u${person}` : undefined }
  }

  function event(number) {
    const draw = generator(seed + number * 7_919)
    const { person, device, user } = actor(draw)
    const kind = KINDS[draw(KINDS.length)]
    const common = {
      messageId: `m${number}`,
      timestamp: new Date(happensMs(number)).toISOString(),
      anonymousId: device,
      ...(user && { userId: user }),
      channel: draw(3) === 0 ? 'server' : 'web',
    }
    if (kind === 'page') return { person, body: { type: 'page', ...common, properties: { path: `/${draw(9)}` } } }
    if (kind === 'identify') {
      const plan = ['free', 'pro', 'team'][draw(3)]
      return { person, body: { type: 'identify', ...common, traits: { plan, role: `r${draw(9)}` } } }
    }
    const properties = { total: 1 + draw(99), skus: [`s${draw(7)}`, `s${draw(7)}`] }
    return { person, body: { type: 'track', ...common, event: kind, properties } }
  }

  /** The numbers of events as they are sent: a tenth of them twice, each within an hour of when it happened. */
  function order() {
    const draw = generator(seed - 1)
    const [numbers, sent] = [[], []]
    for (let number = 0; number < events; number += 1) {
      const times = draw(10) === 0 ? 2 : 1
      for (let time = 0; time < times; time += 1) {
        numbers.push(number)
        sent.push(happensMs(number) + draw(HOUR_MS))
      }
    }
    const places = Uint32Array.from(numbers.keys()).sort((a, b) => sent[a] - sent[b])
    return Uint32Array.from(places, (place) => numbers[place])
  }

  /** The events of each pair of people, one after the other. */
  function* pairs() {
    const of = Array.from({ length: Math.ceil(people / 2) }, () => [])
    for (let number = 0; number < events; number += 1) of[event(number).person >> 1].push(number)
    for (const numbers of of) yield numbers.map((number) => event(number).body)
  }

  return { event: (number) => event(number).body, order: order(), pairs }
}
