// Whether GrowthBook signed what is sent, as the Standard Webhooks specification has it. By the runtime's own cryptography: the
// library `standardwebhooks` hashes in JavaScript, which for a payload of 500 KB is more CPU than a free Worker has.

import { bytes, unbased } from './base64.js'

/** How old what is signed may be: a clock that is off by minutes, and a repetition. */
const FRESH_S = 5 * 60
/**
 * How many signatures are looked at: while a secret changes there are two. Each hashes the whole body, and pages wait
 * meanwhile, whoever sent it.
 */
const MOST = 8

/** Whether one of the signatures is HMAC-SHA256 of id, time and body; `v1,` says that it should be. */
export async function isSigned(body: string, headers: Headers, secret: string): Promise<boolean> {
  const [id, time, signatures] = ['id', 'timestamp', 'signature'].map((name) => headers.get(`webhook-${name}`) ?? '')
  if (!(Math.abs(Date.now() / 1000 - Number(time)) <= FRESH_S)) return false
  const way = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes(secret.trim()), way, false, ['verify'])
  const signed = bytes(`${id}.${time}.${body}`)
  for (const signature of (signatures ?? '').split(' ', MOST)) {
    const own = signature.startsWith('v1,') && unbased(signature.slice(3))
    if (own && (await crypto.subtle.verify('HMAC', key, own, signed))) return true
  }
  return false
}
