// docs/publishing.md: the commands publish and go back, and health tells what is shown.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { installed } from '../commands/installed.mjs'
import { startSite } from '../worker/site.mjs'
import { commands, snippet } from './snippets.mjs'
import { install } from './terminal.mjs'

let at

before(async () => {
  at = await installed()
})
after(() => at?.dispose())

test('the commands do what stands beside them, and say what is shown', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'pintle-publish-'))
  try {
    await install(folder)
    const config = 'name = "x"\ncompatibility_date = "2026-04-01"\n[[kv_namespaces]]\nbinding = "PROFILES"\nid = "x"\n'
    await writeFile(path.join(folder, 'wrangler.toml'), config)
    const shipped = await readFile(path.join(root, 'npm/personalization.json'), 'utf8')
    await writeFile(path.join(folder, 'personalization.json'), shipped.replace('"1d"', '"2d"'))
    const state = async () => {
      const site = await startSite({ kvNamespaces: { PROFILES: 'x' }, folder: path.join(folder, '.wrangler/state/v3') })
      try {
        return (await (await fetch(new URL('/_pintle/health', site.url))).json()).published
      } finally {
        await site.dispose()
      }
    }
    const run = async (line) => {
      const args = line.replace('npx pintle ', '').replace('--remote', '--local').split(' ')
      const { code, stdout, stderr } = await at.pintle(args, { cwd: folder })
      assert.equal(code, 0, stderr)
      return stdout
    }
    const [publish, back, withdraw] = commands(snippet('publishing'))
    assert.equal(await run(publish), snippet('publishing/told'))
    const { deployed, ...published } = JSON.parse(snippet('publishing/health'))
    const { deployed: own, ...told } = await state()
    assert.deepEqual(told, published)
    assert.match(deployed, /^[0-9a-f]{8}$/)
    assert.match(own, /^[0-9a-f]{8}$/)
    await run(back)
    assert.equal((await state()).state, 'none')
    await run(back)
    assert.deepEqual((await state()).version, published.version)
    await run(withdraw)
    assert.equal((await state()).state, 'none')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
