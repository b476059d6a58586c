// `npm run keygen`: makes a key for TICKET_KEYS, 32 random bytes in base64url.

import { randomBytes } from 'node:crypto'

console.log(randomBytes(32).toString('base64url'))
