// Differential: features, experiments, sticky buckets and redirects are decided as GrowthBook's own SDK decides them, on what
// is drawn at random.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { GrowthBook, StickyBucketService } from '@growthbook/growthbook'

import { generator, SEED } from '../random.mjs'
import { openDoor } from './door.mjs'
import { assertAlike } from './growthbook_cases.mjs'
import { drawing } from './growthbook_draws.mjs'

const door = await openDoor()
// The SDK says there what it takes as equal weights, or as a coverage of 0 or 1.
console.error = () => {}
const ROUNDS = 2000
console.log(`differential: ${ROUNDS} payloads, experiments and redirects, SEED=${SEED}`)

const draw = drawing(generator(SEED))
const text = JSON.stringify
const { parse } = JSON
const plain = (value) => parse(text(value) ?? 'null')

/** Asserts the same of both, and tells the seed and what was asked where it is not so. */
function assertSame(ours, theirs, asked) {
  try {
    assertAlike(ours, theirs)
  } catch {
    const told = `we say ${text(ours)}, the SDK ${text(theirs)}`
    assert.fail(`SEED=${SEED}: ${told}, of ${text(asked)}`)
  }
}

/** What was decided, without the rule as it was given. */
function decided({ experiment, experimentResult, ...result }) {
  const { key, contextualBandit } = experiment ?? {}
  return plain({ ...result, key, contextualBandit, experimentResult })
}

test('features are what they are in GrowthBook’s SDK, and for the same reason', () => {
  const sources = {}
  for (let round = 0; round < ROUNDS; round++) {
    const context = { ...draw.payload(), ...draw.preview(), attributes: draw.visitor(), url: draw.url() }
    const sdk = new GrowthBook(plain(context))
    for (const key of [...draw.FEATURES, 'none']) {
      const theirs = decided(sdk.evalFeature(key))
      sources[theirs.source] = (sources[theirs.source] ?? 0) + 1
      assertSame(decided(parse(door.feature(text(context), key))), theirs, { key, context })
    }
  }
  console.log(`differential: ${text(sources)}`)
  const all = ['cyclicPrerequisite', 'defaultValue', 'experiment', 'force', 'prerequisite', 'unknownFeature']
  assert.deepEqual(Object.keys(sources).sort(), all, `SEED=${SEED}: what was drawn says too little`)
})

test('experiments of their own give what they give in GrowthBook’s SDK', () => {
  let given = 0
  for (let round = 0; round < ROUNDS * 2; round++) {
    const context = { ...draw.payload(), ...draw.preview(), attributes: draw.visitor(), url: draw.url() }
    const experiment = draw.ownExperiment()
    const { value, inExperiment, hashUsed, variationId, bucket } = new GrowthBook(plain(context)).run(plain(experiment))
    const ours = parse(door.run(text(context), text(experiment)))
    const told = { value: ours.value, inExperiment: ours.inExperiment, variationId: ours.variationId }
    assertSame(told, plain({ value, inExperiment, variationId }), { experiment, context })
    if (inExperiment) assertSame({ hashUsed: ours.hashUsed, bucket: ours.bucket }, { hashUsed, bucket }, { experiment })
    given += inExperiment
  }
  assert.ok(given > ROUNDS / 10, `SEED=${SEED}: what was drawn says too little: ${given}`)
})

/** Where the SDK keeps sticky buckets, as it asks for it. */
class Documents extends StickyBucketService {
  kept = new Map()
  constructor(documents) {
    super()
    for (const document of documents) this.kept.set(`${document.attributeName}||${document.attributeValue}`, document)
  }
  async getAssignments(name, value) {
    return this.kept.get(`${name}||${value}`) ?? null
  }
  async saveAssignments(document) {
    this.kept.set(`${document.attributeName}||${document.attributeValue}`, document)
  }
}

test('who was given a variation before keeps it exactly where they keep it in GrowthBook’s SDK', async () => {
  let kept = 0
  for (let round = 0; round < ROUNDS; round++) {
    const attributes = draw.visitor()
    const context = { ...draw.remembering(), attributes }
    const documents = draw.documents(attributes)
    const service = new Documents(plain(documents))
    const sdk = new GrowthBook({ ...plain(context), stickyBucketService: service })
    await sdk.refreshStickyBuckets()
    const [key] = draw.FEATURES
    const before = plain(sdk.getStickyBucketAssignmentDocs?.() ?? {})
    const theirs = sdk.evalFeature(key)
    const ours = parse(door.sticky(text(context), text(documents), key))
    const asked = { key, context, documents, before }
    assertSame([ours.value, ours.source], plain([theirs.value, theirs.source]), asked)
    assertSame(ours.experimentResult, plain(theirs.experimentResult ?? null), asked)
    const own = documents.filter(({ attributeName }) => attributeName in attributes)
    const all = Object.fromEntries([
      ...own.map((it) => [`${it.attributeName}||${it.attributeValue}`, it]),
      ...service.kept,
    ])
    assertSame(ours.documents, plain(all), asked)
    kept += theirs.experimentResult?.stickyBucketUsed === true
  }
  assert.ok(kept > 20, `SEED=${SEED}: what was drawn says too little: ${kept}`)
})

test('visitors are sent where GrowthBook’s SDK sends them', () => {
  let sent = 0
  for (let round = 0; round < ROUNDS * 2; round++) {
    const context = {
      attributes: draw.visitor(),
      url: draw.url(),
      savedGroups: { some: [] },
      experiments: draw.several(1, 3, draw.redirecting),
    }
    let theirs = ''
    new GrowthBook({ ...plain(context), navigate: (url) => (theirs = url), navigateDelay: 0 })
    const [ours] = parse(door.redirects(text(context)))
    assertSame(ours?.urlWithParams ?? '', theirs, context)
    sent += theirs !== ''
  }
  assert.ok(sent > ROUNDS / 20, `SEED=${SEED}: what was drawn says too little: ${sent}`)
})
