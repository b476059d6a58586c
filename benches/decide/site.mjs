// What the bench decides on: ten features with conditions and three with experiments, visitors, and long lists of rules.

const CONDITIONS = [
  { plan: 'pro' },
  { orders: { $gt: 3 } },
  { country: { $in: ['CH', 'DE', 'AT'] }, device: 'mobile' },
  { $or: [{ plan: 'team' }, { orders: { $gte: 10 } }] },
  { version: { $vgte: '2.1.0' } },
  { tags: { $elemMatch: { $eq: 'vip' } } },
  { email: { $regex: '@example\\.(com|org)$' } },
  { $not: { country: 'US' }, lifetime: { $gte: 100, $lt: 1000 } },
  { signed_up: { $in: [1, '1', true] } },
  { company: { $exists: true }, 'company.size': { $gt: 50 } },
]

const conditional = CONDITIONS.map((condition, at) => [
  `feature_${at}`,
  {
    defaultValue: 'off',
    rules: [
      { condition: { country: 'XX' }, force: 'never' },
      { condition, force: `on_${at}` },
    ],
  },
])
const experiments = [
  { key: 'checkout', variations: ['plain', 'red', 'blue'], hashVersion: 2, condition: { device: 'desktop' } },
  { key: 'hero', variations: [false, true], hashVersion: 2, coverage: 0.8, weights: [0.3, 0.7] },
  {
    key: 'price',
    variations: ['a', 'b'],
    hashVersion: 2,
    namespace: ['pages', 0, 0.7],
    meta: [{ key: 'a' }, { key: 'b' }],
  },
].map((rule) => [rule.key, { defaultValue: 'none', rules: [rule] }])

/** The features of a site. */
export const features = Object.fromEntries([...conditional, ...experiments])

/** What is known of many visitors, one differing from the other. */
export const visitors = Array.from({ length: 1000 }, (_, at) => ({
  id: `${at.toString(16).padStart(8, '0')}-8d0e-4b7e-9a44-2c5b6d48ea90`,
  plan: ['free', 'pro', 'team'][at % 3],
  orders: at % 17,
  country: ['CH', 'US', 'DE', 'FR'][at % 4],
  device: at % 2 ? 'mobile' : 'desktop',
  version: `2.${at % 4}.${at % 7}`,
  tags: at % 5 ? ['new'] : ['new', 'vip'],
  email: `visitor${at}@example.${at % 2 ? 'com' : 'net'}`,
  lifetime: at,
  signed_up: at % 2,
  company: at % 3 ? { size: at } : null,
}))

/** One feature with so many rules, of which the last one is for everybody. */
export const rules = (count) => ({
  long: {
    defaultValue: 0,
    rules: Array.from({ length: count }, (_, at) => ({
      condition: at === count - 1 ? {} : { plan: `plan ${at}`, orders: { $gt: at } },
      force: at,
    })),
  },
})
