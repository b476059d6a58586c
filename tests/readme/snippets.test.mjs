// What the READMEs and docs/ show is true: every snippet is executed by a test of this folder, and every name in them leads somewhere.

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { commands, fences, snippet, unnamed } from './snippets.mjs'

const NAMED = ["From RudderStack's middleware to Pintle", 'Without Rust', 'Without middleware']

const read = (file) => readFile(path.join(root, file), 'utf8')

/** The snippets that the tests of this folder ask for, as the tests spell that. */
async function askedFor() {
  const files = (await readdir(import.meta.dirname)).filter((file) => file !== path.basename(import.meta.filename))
  const sources = await Promise.all(files.map((file) => read(`tests/readme/${file}`)))
  return new Set(sources.join('\n').match(/snippet\('[^']+'\)|unnamed\('[^']+', '\w*'\)/g))
}

test('every snippet is executed by a test', async () => {
  const asked = await askedFor()
  for (const { document, section, language, name } of fences) {
    assert.ok(name || !(document !== 'README.md' || NAMED.includes(section)), `${document}, ${section}: without a name`)
    const call = name ? `snippet('${name}')` : `unnamed('${section}', '${language}')`
    assert.ok(asked.has(call), `${document}, ${section}: no test asks for ${call}`)
  }
  for (const section of NAMED)
    assert.ok(
      fences.some((fence) => fence.section === section),
      section,
    )
})

test('a name that no snippet has is told, with those that there are', () => {
  assert.throws(() => snippet('next/porxy.ts'), /no snippet is called next\/porxy\.ts: there are .*guide\/proxy/)
  assert.throws(() => unnamed('Try it', 'toml'), /README\.md has nothing without a name in `toml` below Try it/)
})

test('a command goes on after a backslash and ends before what is said about it', () => {
  assert.deepEqual(commands("one a\\\n  'b # c'\ntwo | three    # the third\n"), ["one a'b # c'", 'two | three'])
})
