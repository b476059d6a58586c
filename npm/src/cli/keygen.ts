// `pintle keygen`: a new key for TICKET_KEYS, 32 random bytes in base64url.

import { randomBytes } from 'node:crypto'

import { Command } from 'commander'

import { print } from './output.js'

export const keygen = (): Command =>
  new Command('keygen')
    .description('Makes a key for TICKET_KEYS: with one, a visitor is looked up once and not on every page.')
    .option('--json', 'print JSON: {"key"}')
    .addHelpText(
      'after',
      `
To rotate keys put the new one in front, separated by a comma: the first seals, all open.
Exit codes: 0 fine, 2 wrong usage.

Examples:
  $ npx pintle keygen | npx wrangler secret put TICKET_KEYS     Cloudflare
  $ echo "TICKET_KEYS=$(npx pintle keygen)" >> .dev.vars        the same on your machine, for \`npx wrangler dev\`
  $ echo "TICKET_KEYS=$(npx pintle keygen)" >> .env.local       Next.js`,
    )
    .action((options: { json?: boolean }) => {
      const key = randomBytes(32).toString('base64url')
      print({ key }, [key], options)
    })
