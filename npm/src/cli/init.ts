// `pintle init`: finds out what a project is, and writes the files that put Pintle in front of it.

import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { Command } from 'commander'

import { EXIT, Refused, WrongUsage } from './failure.js'
import { firstOf } from './folder.js'
import { why } from './input.js'
import { nextSteps } from './next_steps.js'
import { print } from './output.js'
import { type Planned, plan } from './plan.js'
import { look } from './project.js'

interface Options {
  assets?: string
  force?: boolean
  dryRun?: boolean
  json?: boolean
}

/** What became of a file. */
interface Done {
  path: string
  action: 'written' | 'replaced' | 'unchanged' | 'kept'
  /** What is written. */
  content?: string
  /** What is left to do by hand. */
  left?: string
}

export const init = (): Command =>
  new Command('init')
    .description(
      'Sets up a project: writes personalization.json, and wrangler.toml for a static site or middleware.ts (Next.js 14 and 15) or proxy.ts (16).',
    )
    .argument('[folder]', 'the folder of the project', '.')
    .option('--assets <folder>', 'it is a static site, and its pages are in this folder')
    .option('--force', 'replace files that are there')
    .option('--dry-run', 'write nothing, show what would be written')
    .option('--json', 'print JSON: {"project", "files": [{"path", "action", "left"}], "next"}')
    .addHelpText(
      'after',
      `
What the project is, is found out from package.json and from what lies in the folder. Files that are there are kept,
the missing ones are written, and what must be added to a kept one is told.
Exit codes: 0 all is set up, 1 something is left to do by hand in a file that was kept, or nothing was found to set up,
2 wrong usage.

Examples:
  $ npx pintle init
  $ npx pintle init apps/web --dry-run
  $ npx pintle init --assets dist`,
    )
    .action(run)

async function run(given: string, options: Options): Promise<void> {
  const at = path.resolve(given)
  const isFolder = await stat(at).then(
    (it) => it.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new WrongUsage(`${given} is no folder: name the folder of a project`)
  const { folder, project } = await look(at, options.assets)
  const isDry = options.dryRun ?? false
  // All is looked at before anything is written.
  const settled: Done[] = []
  for (const planned of await plan(folder, project)) settled.push(await settle(at, planned, options.force ?? false))
  if (!isDry)
    for (const { path: name, content } of settled) if (content) await write(path.join(at, name), content, name)
  const files = isDry ? settled : settled.map(({ content: _, ...done }) => done)
  const next = await nextSteps(folder, project)
  const lines = told(project.because, files, next, isDry)
  print({ project, files, next, ...(isDry ? { dryRun: true } : {}) }, lines, options)
  if (files.some(({ left }) => left !== undefined)) process.exitCode = EXIT.REFUSED
}

/** What is to become of one file. */
async function settle(at: string, planned: Planned, force: boolean): Promise<Done> {
  const present = await firstOf(at, [planned.path, ...planned.rivals])
  const target = present ?? planned.path
  const content = planned.content(target)
  const text = present && (await textOf(path.join(at, present), present))
  if (content !== undefined && text === undefined) return { path: target, action: 'written', content }
  if (text === content) return { path: target, action: 'unchanged' }
  if (content !== undefined && force) return { path: target, action: 'replaced', content }
  const left = planned.left(text ?? '', target)
  return { path: target, action: 'kept', ...(left === undefined ? {} : { left }) }
}

async function textOf(file: string, name: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Refused(`${name} is there, but cannot be read: ${why(error)}; move it away and run this again`)
  }
}

/** A file is there whole or not at all. */
async function write(file: string, content: string, name: string): Promise<void> {
  try {
    const unfinished = `${file}.pintle-init`
    await writeFile(unfinished, content)
    await rename(unfinished, file)
  } catch (error) {
    throw new Refused(`${name} cannot be written: ${why(error)}; mend that and run this again`)
  }
}

const WORDS: Record<Done['action'], string> = {
  written: 'written',
  replaced: 'replaced',
  unchanged: 'is there',
  kept: 'kept',
}

function told(because: string, files: Done[], next: string[], isDry: boolean): string[] {
  const words = (action: Done['action']) =>
    isDry && /written|replaced/.test(action) ? `to be ${WORDS[action]}` : WORDS[action]
  const width = isDry ? 16 : 10
  const lines = [`Found ${because}.`, '']
  for (const { path, action } of files) lines.push(`  ${words(action).padEnd(width)}${path}`)
  for (const { path, content } of files) if (content !== undefined) lines.push('', `── ${path}`, content.trimEnd())
  for (const { path, left } of files)
    if (left !== undefined)
      lines.push('', `── ${path} is there and was kept. What is left to do in it:`, left.trimEnd())
  lines.push('', 'Next:', ...next.map((step, index) => `  ${index + 1}. ${step.replaceAll('\n', '\n     ')}`))
  return lines
}
