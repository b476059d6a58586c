// Tickets by Node's own crypto, after the format that src/identity/ticket.rs tells: an independent implementation
// that holds the Rust code to it.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

/** A key of 64 hexadecimal digits, and the id by which tickets name it. */
function keyed(hex) {
  const key = Buffer.from(hex, 'hex')
  const id = createHash('sha256').update('pintle key id\0').update(key).digest().subarray(0, 4)
  return { key, id }
}

const associatedData = (cookie, version, id) =>
  Buffer.concat([Buffer.from(`pintle ticket\0${cookie}\0`), Buffer.from([version]), id])

/** Seals `plain`, an object with the letters of the format, with one key; `unusual` says what is wrong about it. */
export function sealTicket(plain, hex, unusual = {}) {
  const { cookie = 'pintle_ticket', version = 1 } = unusual
  const { key, id } = keyed(hex)
  const nonce = randomBytes(12)
  // The associated data is that of version 1 in any case: another version fails for what it says it is.
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associatedData(cookie, 1, id))
  const sealed = [cipher.update(JSON.stringify(plain)), cipher.final(), cipher.getAuthTag()]
  return Buffer.concat([Buffer.from([version]), id, nonce, ...sealed]).toString('base64url')
}

/** Opens a ticket, or throws. */
export function openTicket(text, hex) {
  const { key, id } = keyed(hex)
  const bytes = Buffer.from(text, 'base64url')
  if (bytes[0] !== 1 || !bytes.subarray(1, 5).equals(id)) throw new Error('another version or key')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(5, 17))
  decipher.setAAD(associatedData('pintle_ticket', 1, id)).setAuthTag(bytes.subarray(-16))
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(17, -16)), decipher.final()]))
}
