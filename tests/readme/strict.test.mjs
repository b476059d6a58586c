// The READMEs' TypeScript is what the strictest of its readers would accept.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { root } from '../../scripts/project.mjs'
import { execute } from '../commands/installed.mjs'
import { fences } from './snippets.mjs'
import { SNIPPETS, written } from './written.mjs'

/** As `create-next-app` writes it, where that matters. */
const CONFIG = {
  compilerOptions: {
    strict: true,
    noUnusedLocals: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    resolveJsonModule: true,
    jsx: 'react-jsx',
    types: ['node'],
  },
  include: ['guide', 'next', 'own', 'server', 'publishing', 'browser', 'route/**/*'],
}

test('tsc --strict finds nothing in the snippets', async (t) => {
  const names = fences.filter(({ language }) => /^tsx?$/.test(language)).map(({ name }) => name)
  assert.deepEqual([...new Set(names)].sort(), Object.keys(SNIPPETS).sort())
  const { folder, dispose } = await written()
  t.after(dispose)
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(CONFIG))
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
  const { code, stdout } = await execute(process.execPath, [tsc, '-p', folder, '--listFilesOnly'])
  for (const name of names) assert.ok(stdout.includes(`${folder}/${name}`), `${name} is looked at`)
  const found = await execute(process.execPath, [tsc, '-p', folder, '--pretty', 'false'])
  assert.deepEqual([code, found.code, found.stdout], [0, 0, ''])
})
