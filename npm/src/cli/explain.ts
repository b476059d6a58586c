// `pintle explain`: what would be decided about a visitor, and why. Offline, by the core that runs at the edge.

import { Command, InvalidArgumentError } from 'commander'

import { type Explained, explain as explained, Mistakes, readAnonymousId } from '../core/check.js'
import { Refused, WrongUsage } from './failure.js'
import { environmentOptions, read, type Variables, variables } from './input.js'
import { column, print } from './output.js'
import { type Found, profileFrom } from './profile.js'

interface Options {
  cookie?: string
  anonymousId?: string
  profile?: string
  personalization: string
  url: string
  header?: [string, string][]
  now?: number
  env?: boolean
  vars?: string[]
  json?: boolean
}

const COOKIE = 'rl_anonymous_id'
/** What a browser says of a page that somebody opens; `--header` says otherwise. */
const PAGE_VIEW = { accept: 'text/html', 'sec-fetch-dest': 'document' }

export function explain(): Command {
  const command = new Command('explain')
    .description('Tells what would be decided about a visitor, and why: cookie, id, profile, decision, what is set.')
    .option('--cookie <header>', 'the Cookie header of the request, as the browser sends it')
    .option('--anonymous-id <id>', 'the anonymous id itself, instead of a cookie')
    .option(
      '--profile <json>',
      "JSON, a file that holds it, or `-` for standard input: the view's features, or the Activation API's whole answer, or its `data`. Without it no source knows the visitor",
    )
    .option('--personalization <file>', 'what is decided', 'personalization.json')
    .option('--url <url>', 'the page', url, 'https://example.com/')
    .option('--header <header>', 'another header of the request, "name: value"; may be repeated', header)
    .option('--now <time>', 'the time of the request, such as 2026-01-31T12:00:00Z', time)
  for (const option of environmentOptions()) command.addOption(option)
  return command
    .option(
      '--json',
      'print JSON: {"cookie", "id", "profile", "visitor", "lookup", "decisions", "redirects", "cookies", "setCookies"}',
    )
    .addHelpText(
      'after',
      `
Nothing is asked and nothing is sent. Exit codes: 0 explained, also when there is no visitor, 1 a file is not right,
2 wrong usage.

Examples:
  $ npx pintle explain --anonymous-id 3f1c6a52 --profile '{"USER_APP_SIGN_UP": 1}'
  $ npx pintle explain --cookie 'rl_anonymous_id=RS_ENC_v3_IjNmMWM2YTUyIg%3D%3D' --profile answer.json
  $ npx wrangler kv key get user:anonymous_id:3f1c6a52 --binding PROFILES --remote |
      npx pintle explain --anonymous-id 3f1c6a52 --profile -
  $ npx pintle explain --anonymous-id 3f1c6a52 --url https://example.com/pricing --header 'cf-ipcountry: DE'`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  if (options.personalization === '-' && options.profile === '-')
    throw new WrongUsage('standard input can be read once: name a file for --personalization or for --profile')
  const text = await read(options.personalization, '`npx pintle init` writes one, and --personalization names another')
  const environment = (await variables(options)) ?? {}
  const headers = { ...PAGE_VIEW, ...Object.fromEntries(options.header ?? []), ...cookieOf(options) }
  const profile = await profileFrom(options.profile, text, environment)
  const result = {
    ...identity(headers.cookie),
    profile: profile.features,
    ...decide(text, environment, { url: options.url, headers }, profile, options.now ?? Date.now()),
  }
  print({ url: options.url, ...result }, told(result, profile), options)
}

function decide(
  text: string,
  environment: Variables,
  request: { url: string; headers: Record<string, string> },
  { features }: Found,
  nowMs: number,
): Explained {
  try {
    const { lookup, ...rest } = explained(text, environment, request, features, nowMs)
    // To the core the profile comes from a function; here it is the one that was given.
    return { ...rest, lookup: lookup?.replace(' in function', '') ?? null }
  } catch (error) {
    if (!(error instanceof Mistakes)) throw error
    throw new Refused(`the settings are wrong, \`npx pintle check\` tells the same:\n${error.message}`)
  }
}

/** The request's cookies; an id stands in the cookie as RudderStack's SDK would have written it. */
function cookieOf({ cookie, anonymousId, header = [] }: Options): { cookie?: string } {
  const named = header.find(([name]) => name === 'cookie')?.[1]
  const given = [cookie, named].filter((one) => one !== undefined)
  if (anonymousId === undefined) {
    if (given.length > 1) throw new WrongUsage('the Cookie header is given twice: leave out --cookie or --header')
    return given[0] === undefined ? {} : { cookie: given[0].replace(/^\s*cookie:/i, '').trim() }
  }
  if (given.some((one) => rudderCookie(one) !== undefined))
    throw new WrongUsage(`--anonymous-id and a cookie ${COOKIE} both say who it is: leave one out`)
  const written = `RS_ENC_v3_${Buffer.from(JSON.stringify(anonymousId)).toString('base64')}`
  return { cookie: [...given, `${COOKIE}=${encodeURIComponent(written)}`].join('; ') }
}

/** The value of the cookie in a `Cookie` header; the last wins. */
function rudderCookie(header: string): string | undefined {
  const pairs = header.split(';').map((pair) => pair.trim())
  return pairs.findLast((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1)
}

interface Identity {
  cookie: string | null
  id: string | null
  /** Why there is no id. */
  reason?: string
}

function identity(header = ''): Identity {
  const cookie = rudderCookie(header)
  if (cookie === undefined) return { cookie: null, id: null, reason: `there is no cookie ${COOKIE}` }
  const read = readAnonymousId(cookie)
  return 'id' in read ? { cookie, id: read.id } : { cookie, id: null, reason: read.reason }
}

function told(result: Identity & Explained, { features, view, because }: Found): string[] {
  const { cookie, id, reason, visitor, lookup, decisions, redirects, cookies, setCookies } = result
  return [
    column('cookie', cookie === null ? 'none' : `${COOKIE}=${cookie}`),
    column('id', id ?? `none: ${reason}`),
    column('visitor', visitor),
    column('profile', `${features ? JSON.stringify(features) : 'none'} (${because ?? view})`),
    column('lookup', lookup ?? 'not needed'),
    column('decided', lines(decisions.map((it) => `${it.feature} = ${JSON.stringify(it.value)}: ${it.reason}`))),
    ...(redirects.length > 0 ? [column('pages', lines(redirects))] : []),
    column('cookies', lines(cookies)),
    column('sets', lines(setCookies.map((one) => `Set-Cookie: ${one}`))),
  ]
}

const lines = (texts: string[]) => texts.join('\n') || 'nothing'

function url(text: string): string {
  if (!URL.canParse(text) || !/^https?:/i.test(text))
    throw new InvalidArgumentError('It must be a whole URL, such as https://example.com/pricing.')
  return text
}

function header(text: string, headers: [string, string][] = []): [string, string][] {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It must be "name: value", such as "cf-ipcountry: DE".')
  return [...headers, [name.toLowerCase(), value.trim()]]
}

function time(text: string): number {
  const ms = /^\d{9,}$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('It must be a time such as 2026-01-31T12:00:00Z, or milliseconds since 1970.')
  return ms
}
