// How the package's files import each other: no file needs, by way of others, itself. Types count as well, for a reader goes
// round in such a circle, too.

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import typescript from 'typescript'

import { root } from '../../scripts/project.mjs'

const source = path.join(root, 'npm/src')

/** The package's files, each with those that it imports. */
async function imports() {
  const names = (await readdir(source, { recursive: true })).filter((name) => /\.(m?ts|tsx)$/.test(name))
  const graph = new Map()
  for (const name of names) {
    const { importedFiles } = typescript.preProcessFile(await readFile(path.join(source, name), 'utf8'), true, true)
    const own = importedFiles.map(({ fileName }) => fileName).filter((to) => to.startsWith('.'))
    graph.set(
      name,
      own.map((to) => written(path.join(path.dirname(name), to), names)),
    )
  }
  return graph
}

/** The file that an import means: TypeScript's, by the name that it has once it is compiled. */
const written = (name, names) =>
  names.find((other) => other.replace(/(\.d)?\.(m?)tsx?$/, '.$2js') === name) ?? name.replace(/\.js$/, '.ts')

/** The first circle that is found: its files in order, and the first one again. */
function circle(graph) {
  const done = new Set()
  const from = (name, way) => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name]
    if (done.has(name)) return undefined
    for (const next of graph.get(name) ?? []) {
      const found = from(next, [...way, name])
      if (found) return found
    }
    done.add(name)
    return undefined
  }
  for (const name of graph.keys()) {
    const found = from(name, [])
    if (found) return found
  }
  return undefined
}

test('a circle of files is found', () => {
  const graph = { a: ['b', 'c'], b: ['c'], c: ['d'], d: ['b'] }
  assert.deepEqual(circle(new Map(Object.entries(graph))), ['b', 'c', 'd', 'b'])
  assert.equal(circle(new Map(Object.entries({ ...graph, d: [] }))), undefined)
})

test('no file of the package imports itself by way of others', async () => {
  const graph = await imports()
  assert.ok(graph.get('cli/main.ts')?.includes('cli/check.ts'), 'the imports were not read')
  assert.equal(circle(graph)?.join(' → '), undefined)
})
