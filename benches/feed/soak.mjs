// `npm run soak`: a million events of 100,000 people, a tenth of them sent twice, all shuffled within an hour, into objects
// whose workerd is killed 20 times: nothing that was answered 200 is lost, nothing counts twice.
//
//   --events N --people N --kills N --seed N   how much of it
//   --built                                    takes what lies in build/ without building
//   --folder FOLDER                            where objects keep their SQLite meanwhile: by default in memory, where there is some

import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { crowd, personalization } from './soak/crowd.mjs'
import { room } from './soak/room.mjs'
import { soak } from './soak/run.mjs'

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    people: { type: 'string', default: '100000' },
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    folder: { type: 'string' },
    built: { type: 'boolean', default: false },
  },
})

if (!options.built) await (await import('../../scripts/build.mjs')).buildWorker()
const [events, people, kills, seed] = ['events', 'people', 'kills', 'seed'].map((name) => Number(options[name]))
const folder = await room(options.folder)
// Whatever ends it: a full run leaves gigabytes.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
const started = Date.now()
const log = (text) => console.log(`${String(Math.round((Date.now() - started) / 1000)).padStart(5)} s  ${text}`)
log(`${events} events of ${people} people, seed ${seed}`)
const all = crowd({ people, events, seed, nowMs: Date.now() })
const { log: said, ...counts } = await soak({ crowd: all, personalization, folder, kills, seed, log })
log(`every profile is as the reference says: ${JSON.stringify(counts)}`)
if (said) console.log(said.slice(0, 2_000))
