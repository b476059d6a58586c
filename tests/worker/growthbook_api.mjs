// GrowthBook's side: payloads as its API serves them, plain and encrypted, and its SDK webhook, signed. Their shapes are those
// of its SDK's own types, which the test holds this file against.

import { createCipheriv, createHmac, randomBytes, randomUUID } from 'node:crypto'

/** @typedef {import('@growthbook/growthbook').FeatureApiResponse} Payload */

/** What its features are encrypted with, in base64: AES-128. */
export const KEY = Buffer.from('0123456789abcdef').toString('base64')

/** @returns {Payload} features in which `feature` is `value` for everybody */
export const payload = (feature, value, more = {}) => ({
  features: {
    [feature]: {
      defaultValue: value,
      rules: [{ id: 'fr_1', condition: { id: { $inGroup: 'staff' } }, force: 'staff' }],
    },
  },
  savedGroups: { staff: ['a1'] },
  dateUpdated: '2026-11-01T00:00:00.000Z',
  ...more,
})

/** @type {Payload['experiments']} experiments of pages: one of its visual editor's, and one that sends everybody to another page */
export const experiments = [
  {
    key: 'visual',
    changeId: 'vc_1',
    status: 'running',
    manual: false,
    variations: [
      {},
      { css: 'h1 { color: red }', domMutations: [{ selector: 'h1', action: 'set', attribute: 'html', value: 'Hi' }] },
    ],
    weights: [0.5, 0.5],
    urlPatterns: [{ include: true, type: 'simple', pattern: '/' }],
  },
  {
    key: 'landing',
    changeId: 'ur_1',
    status: 'running',
    hashAttribute: 'id',
    hashVersion: 2,
    seed: 'landing',
    coverage: 1,
    weights: [0, 1],
    variations: [{}, { urlRedirect: '/new' }],
    meta: [
      { key: '0', name: 'Control' },
      { key: '1', name: 'New' },
    ],
    filters: [],
    urlPatterns: [{ include: true, type: 'simple', pattern: '/old' }],
    persistQueryString: true,
    phase: '0',
    name: 'The new landing page',
    minBucketVersion: 0,
    bucketVersion: 1,
  },
]

/** @param {unknown} value */
const encrypted = (value) => {
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-128-cbc', Buffer.from(KEY, 'base64'), iv)
  const text = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()])
  return `${iv.toString('base64')}.${text.toString('base64')}`
}

/**
 * @param {Payload} payload
 * @returns {Payload} the same as an SDK connection with encryption serves it
 */
export const encryptedPayload = ({ features, savedGroups, experiments, ...rest }) => ({
  ...rest,
  ...(experiments && { encryptedExperiments: encrypted(experiments) }),
  features: {},
  encryptedFeatures: encrypted(features),
  encryptedSavedGroups: encrypted(savedGroups),
})

/** A request of the webhook; `secret` signs it, `time` is in seconds since 1970. */
export function webhook(body, { secret, time = Math.floor(Date.now() / 1000) }) {
  const text = JSON.stringify(body)
  const id = `msg_${randomUUID()}`
  const signature = createHmac('sha256', secret).update(`${id}.${time}.${text}`).digest('base64')
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': `${time}`,
      'webhook-signature': `v1,${signature}`,
    },
    body: text,
  }
}
