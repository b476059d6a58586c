// The snippets of README.md, of npm/README.md and of docs/, as their readers copy them. A fence has its name after the
// language (```ts next/proxy.ts); one without a name, in README.md alone, is found by its section and its language.

import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

import { root } from '../../scripts/project.mjs'

const FENCE = /^```(?<language>\S*)(?: (?<name>\S+))?\n(?<text>.*?)^```$|^## (?<heading>[^\n]+)$/gms

/** The document's fences: each with its `section`, `language`, `text`, and its `name` when it has one. */
async function read(document) {
  const fences = []
  let section
  for (const { groups } of (await readFile(path.join(root, document), 'utf8')).matchAll(FENCE)) {
    const { heading, language, name, text } = groups
    if (heading) section = heading
    else fences.push({ document, section, language, name, text })
  }
  return fences
}

const pages = (await readdir(path.join(root, 'docs'))).filter((name) => name.endsWith('.md')).sort()

/** What users read, by its path. */
export const documents = ['README.md', 'npm/README.md', ...pages.map((name) => `docs/${name}`)]

/** All fences of all documents. */
export const fences = (await Promise.all(documents.map(read))).flat()

/** The text of the fence with this name. Where several documents have it, they say the same. */
export function snippet(name) {
  const [found, ...others] = fences.filter((fence) => fence.name === name)
  if (!found) {
    const names = fences.flatMap((fence) => fence.name ?? [])
    throw new Error(`no snippet is called ${name}: there are ${[...new Set(names)].join(', ')}`)
  }
  for (const { document, text } of others) {
    if (text !== found.text) throw new Error(`the snippet ${name} is another in ${document} than in ${found.document}`)
  }
  return found.text
}

/** The text of what README.md has in fences of a language, without names, below the heading `section`. */
export function unnamed(section, language) {
  const found = fences.filter((fence) => !fence.name && fence.section === section && fence.language === language)
  if (found.length === 0) throw new Error(`README.md has nothing without a name in \`${language}\` below ${section}`)
  return found.map(({ text }) => text).join('')
}

/** The commands of a shell snippet, without what is said about them. */
export const commands = (text) =>
  text
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/\s{2,}# .*$/, ''))
    .filter(Boolean)
