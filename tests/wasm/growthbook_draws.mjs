// Draws what GrowthBook's SDK is given: features with rules of every kind, experiments, and visitors.
//
// It draws what is right, not what is damaged: what we refuse in settings has tests of its own. Never drawn is what the SDK
// knows by a function or by an object of JavaScript alone (`include`, `url`, `groups`), and what we bound (`bucketVersion` above 1,000).

/** Draws by `random`, a function that draws whole numbers below its argument. */
export function drawing(random) {
  const pick = (list) => list[random(list.length)]
  const isOneIn = (chances) => random(chances) === 0
  const several = (least, most, draw) => Array.from({ length: least + random(most - least + 1) }, draw)
  /** Of an object the members that are drawn, each as often as `chances` has it. */
  const some = (members, chances = 3) =>
    Object.fromEntries(
      Object.entries(members)
        .filter(() => isOneIn(chances))
        .map(([name, draw]) => [name, draw()]),
    )

  const ATTRIBUTES = ['id', 'company', 'deviceId', 'plan', 'age']
  const FEATURES = ['a', 'b', 'c', 'd', '$holdout:h']
  const fraction = () => pick([0, 0.1, 0.25, 0.3334, 0.5, 0.75, 0.9, 1, random(1000) / 1000])
  const value = () => pick([true, false, null, 0, 1, 'x', '', 'blue', { a: 1 }, [1, 2]])
  const range = () => [fraction(), fraction()].sort()

  const visitor = () => {
    const all = {
      id: () => pick([`u${random(60)}`, `u${random(60)}`, random(1000), '', null, true, 'é🚀', 1.5, 1e21]),
      company: () => pick([`c${random(20)}`, '', 0, random(9)]),
      deviceId: () => `d${random(1000)}`,
      plan: () => pick(['free', 'pro', 'team']),
      age: () => random(80),
    }
    return Object.fromEntries(
      Object.entries(all)
        .filter(() => !isOneIn(5))
        .map(([name, draw]) => [name, draw()]),
    )
  }

  const condition = () =>
    pick([
      () => ({}),
      () => ({ plan: pick(['free', 'pro']) }),
      () => ({ age: { $gt: random(80) } }),
      () => ({ $or: [{ plan: 'team' }, { id: { $inGroup: 'some' } }] }),
      () => ({ company: { $exists: isOneIn(2) } }),
      () => ({ id: { $regex: '^u[0-4]' } }),
    ])()
  const parent = () => ({
    id: pick([...FEATURES, ...FEATURES, 'none']),
    ...some(
      { condition: () => pick([{}, { value: true }, { value: { $ne: null } }, { value: { $in: ['x', 1, 'blue'] } }]) },
      1,
    ),
    ...some({ gate: () => isOneIn(2) }, 2),
  })
  const filter = () => ({
    seed: pick(['s', 't']),
    ranges: several(0, 2, range),
    ...some({ attribute: () => pick(ATTRIBUTES), hashVersion: () => pick([1, 2]) }, 2),
  })
  const weights = (count) =>
    pick([
      () => Array(count).fill(1 / count),
      () => [0.5, ...Array(count - 1).fill(0.5 / Math.max(count - 1, 1))],
      () => several(1, 4, fraction),
    ])()
  const meta = (count) =>
    Array.from({ length: count }, (_, index) =>
      some({ key: () => `v${index}`, name: () => `Variation ${index}`, passthrough: () => isOneIn(2) }, 2),
    )

  /** What rules and experiments both have; an experiment of so many variations. */
  const experiment = (count) => ({
    ...some({
      hashAttribute: () => pick([...ATTRIBUTES, '']),
      fallbackAttribute: () => pick(ATTRIBUTES),
      hashVersion: () => pick([1, 2]),
      seed: () => pick(['s', 't', '']),
      coverage: () => pick([fraction, () => -0.5, () => 1.5])(),
      weights: () => weights(count),
      ranges: () => several(0, count, range),
      namespace: () => [pick(['n', 'm']), ...range()],
      condition,
      filters: () => several(0, 2, filter),
      bucketVersion: () => random(3),
      minBucketVersion: () => random(3),
      disableStickyBucketing: () => isOneIn(3),
      phase: () => '1',
    }),
    ...some({ meta: () => meta(count) }, 2),
  })

  const variations = (count) => Array.from({ length: count }, value)
  function rule() {
    const count = 1 + random(4)
    const parents = some({ parentConditions: () => several(1, 2, parent) }, 4)
    const id = some({ id: () => `r${random(9)}` }, 2)
    const kind = random(6)
    if (kind < 2) {
      const { ranges, namespace, weights, meta, bucketVersion, minBucketVersion, phase, ...forced } = experiment(count)
      return { ...id, ...parents, ...forced, force: value(), ...some({ range }, 4) }
    }
    if (kind < 3 && parents.parentConditions) return { ...id, ...parents }
    const key = some({ key: () => pick(['e', 'f', 'g']) }, 2)
    const own = { ...id, ...parents, ...experiment(count), ...key }
    return kind < 4
      ? { ...own, contextualVariations: variations(count), contextualBanditRef: pick(['bandit', 'none']) }
      : { ...own, variations: variations(count) }
  }

  const bandit = () => ({
    ...some({ banditVersion: () => random(9) }, 2),
    contexts: several(0, 3, () => ({ leafId: random(9), condition: condition(), weights: weights(2) })),
  })
  const features = () =>
    Object.fromEntries(
      FEATURES.map((key) => [
        key,
        { ...some({ defaultValue: value }, 1), ...some({ rules: () => several(0, 4, rule) }, 1) },
      ]),
    )
  const documents = (attributes) =>
    Object.entries(attributes)
      .filter(([, value]) => typeof value === 'string' && value !== '' && isOneIn(2))
      .map(([attributeName, attributeValue]) => ({
        attributeName,
        attributeValue,
        assignments: Object.fromEntries(
          several(1, 3, () => [`${pick(['a', 'b', 'e', 'f', 'g'])}__${random(3)}`, `v${random(3)}`]),
        ),
      }))

  const HOSTS = ['www.shop.example', 'shop.example', 'SHOP.example:8080', 'a.b']
  const PATHS = ['', '/', '/home', '/home/', '/en/sale', '/en/SALE/x', '/a%20b', '/a.b']
  const QUERIES = ['', '?a=1', '?a=1&b=x%20y', '?b=2&a=', '?e=1', '?e=1&e=0', '?f=-1', '?e=1.9x#z']
  const url = () => `${pick(['https', 'http'])}://${pick(HOSTS)}${pick(PATHS)}${pick(QUERIES)}${pick(['', '', '#top'])}`
  const simple = () =>
    pick([
      url,
      () => `*${pick(PATHS)}`,
      () => `${pick(PATHS)}${pick(['', '*', '?a=*'])}`,
      () => `*.${pick(['example', 'example:8080', 'b'])}/*`,
      () => `${pick(HOSTS)}/${pick(['*', 'en/*', 'home', 'h*e'])}${pick(['', '#t*'])}`,
    ])()
  const regex = () => pick(['^/en', 'shop', 'home/?$', '\\.example:8080/', '^https://', 'a=[0-9]', '/en/.*'])
  const target = () => {
    const type = pick(['simple', 'simple', 'regex'])
    return { type, include: !isOneIn(4), pattern: type === 'simple' ? simple() : regex() }
  }

  function ownExperiment() {
    const count = 1 + random(3)
    return {
      ...experiment(count),
      key: pick(['e', 'f', 'g']),
      variations: variations(count),
      ...some(
        {
          parentConditions: () => several(1, 2, parent),
          urlPatterns: () => several(0, 3, target),
          force: () => random(5) - 1,
          active: () => isOneIn(2),
          status: () => pick(['draft', 'running', 'stopped']),
        },
        4,
      ),
    }
  }
  const redirecting = () => {
    const count = 2
    const { ranges, ...own } = experiment(count)
    return {
      ...own,
      key: pick(['e', 'f', 'g']),
      urlPatterns: several(1, 2, target),
      variations: [pick([{}, { urlRedirect: url() }]), { urlRedirect: url() }],
      persistQueryString: isOneIn(2),
    }
  }

  const payload = () => ({
    features: features(),
    savedGroups: { some: several(0, 30, () => `u${random(60)}`) },
    contextualBandits: { bandit: bandit() },
  })
  /** One whose first feature has experiments that can be known again. */
  const remembering = () => {
    const { features, ...others } = payload()
    const rules = several(1, 3, () => ({
      ...experiment(3),
      meta: meta(3).map((it, index) => ({ ...it, key: `v${index}` })),
      variations: variations(3),
      ...some({ key: () => pick(['e', 'f']) }, 2),
    }))
    return { ...others, features: { ...features, a: { defaultValue: 0, rules } } }
  }
  const preview = () =>
    some({ qaMode: () => true, enabled: () => isOneIn(2), forcedVariations: () => ({ e: random(5) - 1 }) }, 12)

  return {
    FEATURES,
    payload,
    remembering,
    visitor,
    documents,
    ownExperiment,
    redirecting,
    url,
    preview,
    isOneIn,
    several,
  }
}
