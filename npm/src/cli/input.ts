// What commands read: files, standard input, and the variables of an environment.

import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'

import { Option } from 'commander'
import { parse } from 'dotenv'

import { WrongUsage } from './failure.js'

export type Variables = Record<string, string | undefined>

const WHY: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
}

/** Why a file cannot be read or written, in words. */
export const why = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException
  return WHY[code] ?? message
}

/** The text of a file, or of standard input for `-`. `mend` tells what to do when it cannot be read. */
export async function read(file: string, mend: string): Promise<string> {
  if (file === '-') return text(process.stdin)
  const bytes = await readFile(file).catch((error) => {
    throw new WrongUsage(`${file} cannot be read: ${why(error)}; ${mend}`)
  })
  try {
    // Without the byte order mark with which Windows begins texts.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new WrongUsage(`${file} is not UTF-8: save it as that`)
  }
}

/** Appends to the values of an option that may be given several times. */
export const repeatable = (value: string, values: string[] = []): string[] => [...values, value]

/**
 * The options by which commands get variables. None is called `--env-file`: Node.js 20 takes that for its own, wherever
 * it stands.
 */
export const environmentOptions = () => [
  new Option('--env', "with the variables of this shell's environment"),
  new Option('--vars <file>', 'with those of a file such as .env.local or .dev.vars; may be repeated').argParser(
    repeatable,
  ),
]

/** The variables that the options name; `undefined` when they name none. */
export async function variables(given: { env?: boolean; vars?: string[] }): Promise<Variables | undefined> {
  if (!given.env && !given.vars) return undefined
  const all: Variables = given.env ? { ...process.env } : {}
  for (const file of given.vars ?? [])
    Object.assign(all, dotenv(await read(file, 'name a file of NAME=value lines with --vars')))
  return all
}

/**
 * The variables in the text of a .env or .dev.vars, by the library with which Wrangler and Next.js read them: Node.js' own
 * `parseEnv` ends a quoted value at the first quote in it, and takes a last line that is a comment for a variable.
 */
export const dotenv = (text: string): Variables => parse(text)
