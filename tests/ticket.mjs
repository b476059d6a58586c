// Seals by Node's own crypto, after the formats that src/identity/seal.rs, src/identity/ticket.rs and
// src/delivery/forward.rs tell: an independent implementation that holds the Rust code to them.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

/** A key of 64 hexadecimal digits, and the id by which seals name it. */
function keyed(hex) {
  const key = Buffer.from(hex, 'hex')
  const id = createHash('sha256').update('pintle key id\0').update(key).digest().subarray(0, 4)
  return { key, id }
}

const associatedData = (purpose, name, version, id) =>
  Buffer.concat([Buffer.from(`${purpose}\0${name}\0`), Buffer.from([version]), id])

/** Seals `plain`, an object with the letters of the format, with one key; `unusual` says what is wrong about it. */
export function sealTicket(plain, hex, unusual = {}) {
  const { cookie = 'pintle_ticket', version = 1 } = unusual
  const { key, id } = keyed(hex)
  const nonce = randomBytes(12)
  // The associated data is that of version 1 in any case: another version fails for what it says it is.
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associatedData('pintle ticket', cookie, 1, id))
  const sealed = [cipher.update(JSON.stringify(plain)), cipher.final(), cipher.getAuthTag()]
  return Buffer.concat([Buffer.from([version]), id, nonce, ...sealed]).toString('base64url')
}

function open(text, hex, purpose, name) {
  const { key, id } = keyed(hex)
  const bytes = Buffer.from(text, 'base64url')
  if (bytes[0] !== 1 || !bytes.subarray(1, 5).equals(id)) throw new Error('another version or key')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(5, 17))
  decipher.setAAD(associatedData(purpose, name, 1, id)).setAuthTag(bytes.subarray(-16))
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(17, -16)), decipher.final()]))
}

/** Opens a ticket, or throws. */
export const openTicket = (text, hex) => open(text, hex, 'pintle ticket', 'pintle_ticket')

/** Opens the header by which a middleware tells the page's server what was decided, or throws. */
export const openDecisions = (text, hex) => open(text, hex, 'pintle decisions', 'x-pintle-decisions')
