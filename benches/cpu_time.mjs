// What a process has used, from Linux' own accounting.

import { readdir, readFile } from 'node:fs/promises'

/**
 * User and system time of all threads of a process so far, in microseconds. What `stat` tells in ticks of 10 ms,
 * `schedstat` tells in nanoseconds. The servers measured here keep their threads, so none that ended is missing.
 */
export async function cpuUs(pid) {
  const threads = await readdir(`/proc/${pid}/task`)
  const times = threads.map(async (thread) => {
    const schedstat = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
    return Number(schedstat.split(' ')[0])
  })
  return (await Promise.all(times)).reduce((sum, ns) => sum + ns / 1000, 0)
}
