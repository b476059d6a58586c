// How the cases of each group of GrowthBook's conformance suite are run against the wasm module; the positions of a case
// mean what GrowthBook's documentation for those who build an SDK says.

import assert from 'node:assert/strict'

import { buildSync } from 'esbuild'

import { root } from '../../scripts/project.mjs'

const bundled = buildSync({
  entryPoints: [`${root}/npm/src/worker/growthbook/payload.ts`],
  bundle: true,
  format: 'esm',
  write: false,
})
const payload = await import(`data:text/javascript,${encodeURIComponent(bundled.outputFiles[0].text)}`)

/** Whether two values are the same JSON; numbers are as far as the suite writes them. */
function alike(came, expected) {
  if (typeof expected === 'number') return typeof came === 'number' && Math.abs(came - expected) < 1e-6
  if (expected === null || typeof expected !== 'object') return came === expected
  if (came === null || typeof came !== 'object' || Array.isArray(came) !== Array.isArray(expected)) return false
  const names = Object.keys(expected)
  return names.length === Object.keys(came).length && names.every((name) => alike(came[name], expected[name]))
}

/** Asserts that what came is what was expected. */
export function assertAlike(came, expected) {
  if (!alike(came, expected)) assert.deepEqual(came, expected)
}

const text = JSON.stringify
const { parse } = JSON

/** What the rule of an experiment says stands in the result as it was given; the rest of it was decided. */
function decidedOf({ experiment, ...result }) {
  const { key, variations, contextualBandit } = experiment ?? {}
  return { ...result, ...parse(text({ experiment: { key, variations, contextualBandit } })) }
}

function feature(door, [, context, key, expected]) {
  assertAlike(decidedOf(parse(door.feature(text(context), key))), decidedOf(expected))
}

/** Runs a case of each group; `core` is the module that is shipped, `door` the one for tests. */
export const GROUPS = {
  evalCondition: (_, [, condition, attributes, expected, groups = {}], core) =>
    assert.equal(core.meetsCondition(text(condition), text(attributes), text(groups)), expected),
  hash: (door, [seed, value, version, expected]) => assertAlike(door.hash(seed, value, version) ?? null, expected),
  getBucketRange(door, [, [variations, coverage, weights], expected]) {
    const flat = door.bucketRanges(variations, coverage, weights ? new Float64Array(weights) : undefined)
    assertAlike([...flat], expected.flat())
  },
  chooseVariation(door, [, bucket, ranges, expected]) {
    const [starts, ends] = [0, 1].map((end) => new Float64Array(ranges.map((range) => range[end])))
    assert.equal(door.chooseVariation(bucket, starts, ends) ?? -1, expected)
  },
  inNamespace: (door, [, id, namespace, expected]) => assert.equal(door.inNamespace(id, text(namespace)), expected),
  getEqualWeights: (door, [variations, expected]) =>
    assertAlike([...door.equalWeights(Math.max(variations, 0))], expected),
  getQueryStringOverride: (door, [, key, url, variations, expected]) =>
    assert.equal(door.queryStringOverride(key, url, variations) ?? null, expected),
  feature,
  contextualBandit: feature,
  run(door, [, context, experiment, value, inExperiment, hashUsed]) {
    const came = parse(door.run(text(context), text(experiment)))
    const told = [came.value, came.inExperiment, came.hashUsed]
    assertAlike(told, [value, inExperiment, hashUsed])
  },
  stickyBucket(door, [, context, documents, key, expected, left]) {
    const came = parse(door.sticky(text(context), text(documents), key))
    assertAlike(came.experimentResult, expected)
    assertAlike(came.documents, left)
  },
  urlRedirect: (door, [, context, expected]) => assertAlike(parse(door.redirects(text(context))), expected),
  // Which the Worker that publishes does, and the module has no part in.
  decrypt: async (_, [, encrypted, key, expected]) =>
    assert.equal((await payload.decrypted(encrypted, key)) ?? null, expected),
}
