// Tickets by Node's own crypto, after the format that src/identity/ticket.rs tells: it holds the Rust code to it.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const VERSION = 1

/** A key of 64 hexadecimal digits, and the id by which tickets name it. */
function keyed(hex) {
  const key = Buffer.from(hex, 'hex')
  const id = createHash('sha256').update('pintle key id\0').update(key).digest().subarray(0, 4)
  return {
    key,
    id,
    associated: Buffer.concat([Buffer.from('pintle ticket\0pintle_ticket\0'), Buffer.from([VERSION]), id]),
  }
}

/** Seals `plain`, an object with the letters of the format, with one key. */
export function sealTicket(plain, hex) {
  const { key, id, associated } = keyed(hex)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated)
  const sealed = [cipher.update(JSON.stringify(plain)), cipher.final(), cipher.getAuthTag()]
  return Buffer.concat([Buffer.from([VERSION]), id, nonce, ...sealed]).toString('base64url')
}

/** Opens a ticket, or throws. */
export function openTicket(text, hex) {
  const { key, id, associated } = keyed(hex)
  const bytes = Buffer.from(text, 'base64url')
  if (bytes[0] !== VERSION || !bytes.subarray(1, 5).equals(id)) throw new Error('another version or key')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(5, 17)).setAAD(associated)
  decipher.setAuthTag(bytes.subarray(-16))
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(17, -16)), decipher.final()]))
}
