// The naive reading of the events of a few people: all at once, in their order, and every feature told from the whole
// list. It shares no code with what it judges.

/** What somebody has of whom nothing was heard. */
export const NOBODY = JSON.stringify(features([]))

/** What the pages of each alias are told, by alias; every alias that is named has an entry. */
export function reference(events) {
  const by = (event) => `${event.timestamp} ${event.messageId}`
  const said = [...events].sort((a, b) => (by(a) < by(b) ? -1 : 1))
  const [devices, users] = ['anonymousId', 'userId'].map(
    (id) => new Set(said.map((event) => event[id]).filter((id) => id !== undefined)),
  )
  /** A device's users in time. */
  const bindings = (device) => said.filter((event) => event.anonymousId === device && event.userId)
  const owner = ({ anonymousId, timestamp }) => {
    const all = bindings(anonymousId)
    // Of two at one time, the one whose name comes last.
    const before = all.filter((binding) => binding.timestamp <= timestamp)
    const latest = before.filter((binding) => binding.timestamp === before.at(-1).timestamp)
    return (
      latest
        .map(({ userId }) => userId)
        .sort()
        .at(-1) ?? all[0]?.userId
    )
  }
  const people = new Map()
  for (const user of users) {
    people.set(`user_id:${user}`, features(said.filter((event) => (event.userId ?? owner(event)) === user)))
  }
  for (const device of devices) {
    const of = new Set(bindings(device).map(({ userId }) => userId))
    const unnamed = said.filter((event) => event.anonymousId === device && !event.userId)
    people.set(`anonymous_id:${device}`, of.size === 1 ? people.get(`user_id:${[...of][0]}`) : features(unnamed))
  }
  return new Map([...people].map(([alias, features]) => [alias, JSON.stringify(features)]))
}

function features(said) {
  const named = (name) => said.filter((event) => event.event === name)
  const orders = named('Buy')
  let bought = []
  for (const sku of orders.flatMap(({ properties }) => properties.skus)) {
    bought = [...bought.filter((other) => other !== sku), sku]
  }
  const trait = (name, events) => events.filter(({ traits }) => traits).at(-1)?.traits[name] ?? null
  const look = said.findIndex(({ event }) => event === 'Look')
  const isFollowed = said.slice(look + 1).some(({ event }) => event === 'Buy')
  // In the order of their names, as a snapshot has them.
  return {
    BOUGHT: bought.slice(-3),
    FUNNEL: look < 0 ? 0 : 1 + Number(isFollowed),
    ORDERS: orders.length,
    PLAN: trait('plan', said),
    ROLE: trait(
      'role',
      said.filter(({ channel }) => channel === 'server'),
    ),
    SPENT: orders.reduce((sum, { properties }) => sum + properties.total, 0),
  }
}
