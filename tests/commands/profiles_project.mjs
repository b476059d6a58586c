// A project of RudderStack Profiles for the tests of `pintle features import`: its files, and the rows that the warehouse
// makes of events, as RudderStack flattens them into tables.

export const INPUTS = `inputs:
  - name: rsTracks
    app_defaults:
      table: events.web.tracks
      occurred_at_col: timestamp
      ids: [{ select: user_id, type: user_id, entity: user }]
  - name: rsOrders
    app_defaults: { table: events.web.order_completed, occurred_at_col: timestamp }
  - name: rsIdentifies
    app_defaults: { table: EVENTS.WEB.IDENTIFIES }
  - name: rsPages
    table: events.web.pages
  - name: crm
    app_defaults: { view: crm.accounts }
  - name: received
    app_defaults: { table: events.web.tracks, occurred_at_col: received_at }
`

/** A profiles.yaml of these variables, each as the members of its `entity_var`. */
export const profiles = (vars) =>
  ['var_groups:', '  - name: shop', '    entity_key: user', '    vars:', ...vars.flatMap(entityVar), ''].join('\n')

function entityVar(members) {
  const present = Object.entries(members).filter(([, value]) => value !== undefined)
  const lines = present.map(([name, value]) => `          ${name}: ${JSON.stringify(value)}`)
  return ['      - entity_var:', ...lines]
}

/** The tables of the warehouse, and which events are their rows. */
export const TABLES = {
  rsTracks: ({ type }) => type === 'track',
  rsOrders: ({ event }) => event === 'Order Completed',
  rsIdentifies: ({ type }) => type === 'identify',
  rsPages: ({ type }) => type === 'page',
}

const snake = (name) => name.toLowerCase().replaceAll(' ', '_')

/** The row of an event, by column. */
export function row({ type, event, messageId, anonymousId, timestamp, properties = {}, traits = {}, context = {} }) {
  const columns = { id: messageId, anonymous_id: anonymousId, timestamp }
  if (type === 'track') Object.assign(columns, { event: snake(event), event_text: event })
  for (const [name, value] of Object.entries(properties))
    Object.assign(columns, { [name]: value, [`properties_${name}`]: value })
  for (const [name, value] of Object.entries({ ...context.traits, ...traits })) columns[name] = value
  for (const [name, value] of Object.entries(context.page ?? {})) columns[`context_page_${name}`] = value
  return columns
}
