// `pintle load` as its users have it: what becomes of each row, into a file, into local KV that a Worker reads, and into a
// stand-in for Cloudflare's REST API that fails now and then, with the command killed in between.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { parquetWriteBuffer } from 'hyparquet-writer'

import { root } from '../../scripts/project.mjs'
import { install } from '../readme/terminal.mjs'
import { Browser, visitor } from '../worker/browser.mjs'
import { startServer, startSite } from '../worker/site.mjs'
import { installed } from './installed.mjs'

const VIEW = 'WEB_PERSONALIZATION:FEATURES_BY_ANON'

let at

before(async () => {
  at = await installed()
})
after(() => at?.dispose())

/** Loads a file of this name and content into `out.json`; resolves to its pairs, and to what was rejected. */
async function out(name, content, args = []) {
  const cwd = await at.project({})
  await writeFile(path.join(cwd, name), content)
  const { code, stdout, stderr } = await at.pintle(['load', name, '--view', 'V', '--out', 'out.json', ...args], { cwd })
  const read = (file) => readFile(path.join(cwd, file), 'utf8').catch(() => '')
  const text = await read('out.json')
  const pairs = code === 2 || text === '' ? [] : JSON.parse(text)
  const rejected = (await read(`${name}.rejected.jsonl`)).split('\n').filter(Boolean)
  return {
    code,
    stdout,
    stderr,
    pairs: Object.fromEntries(pairs.map(({ key, value }) => [key, JSON.parse(value)])),
    ttl: pairs[0]?.expiration_ttl,
    rejected: rejected.map((line) => JSON.parse(line)),
    left: await access(path.join(cwd, `${name}.progress.json`)).then(
      () => true,
      () => false,
    ),
  }
}

const CSV = 'ANONYMOUS_ID;A;B;C\n1e3;1.5;"x;""y""\r\nz";TRUE\na2;007;\\N;\n'
const OF_CSV = {
  'user:anonymous_id:1e3': { V: { A: 1.5, B: 'x;"y"\r\nz', C: true } },
  'user:anonymous_id:a2': { V: { A: '007', B: null, C: null } },
}

test('fields of CSV are numbers, booleans, null and texts, and an id is always text', async () => {
  for (const [name, content] of [
    ['f.csv', CSV],
    ['f.csv', `\uFEFF${CSV}`],
    ['f.csv.gz', gzipSync(CSV)],
  ]) {
    const { code, pairs, rejected, left, ttl } = await out(name, content)
    assert.equal(code, 0)
    assert.deepEqual(pairs, OF_CSV)
    assert.deepEqual([rejected, left, ttl], [[], false, 34_560_000])
  }
})

test('a column that is named stays text, others can be left out, and tabs separate', async () => {
  const args = ['--id', 'email=MAIL', '--text', 'A', '--column', 'A', '--ttl', 'none', '--entity', 'person']
  const { pairs, ttl } = await out('f.tsv', 'MAIL\tA\tB\nm@x.org\t42\t1\n', args)
  assert.deepEqual(pairs, { 'person:email:m@x.org': { V: { A: '42' } } })
  assert.equal(ttl, undefined)
})

test('rows of JSONL keep their values, and of one id the last row wins whole', async () => {
  const rows = [
    '{"anonymous_id":"a1","A":1,"B":2}',
    '',
    '{"anonymous_id":"a1","A":{"__proto__":[1]}}',
    '{"anonymous_id":7}',
  ]
  for (const [name, content] of [
    ['f.jsonl', rows.join('\n')],
    ['f.ndjson.gz', gzipSync(`${rows.join('\r\n')}\r\n`)],
  ]) {
    const { code, pairs } = await out(name, content)
    assert.equal(code, 0)
    assert.equal(
      JSON.stringify(pairs),
      '{"user:anonymous_id:a1":{"V":{"A":{"__proto__":[1]}}},"user:anonymous_id:7":{"V":{}}}',
    )
  }
})

test('rows of Parquet are read', async () => {
  const columnData = [
    { name: 'ANONYMOUS_ID', data: ['a1', 'a2'], type: 'STRING' },
    { name: 'N', data: [1n, 2n ** 60n], type: 'INT64' },
    { name: 'AT', data: [new Date(0), null], type: 'TIMESTAMP' },
  ]
  const { code, stderr, pairs } = await out('f.parquet', Buffer.from(parquetWriteBuffer({ columnData })))
  assert.equal(code, 0, stderr)
  assert.deepEqual(pairs, {
    'user:anonymous_id:a1': { V: { N: 1, AT: '1970-01-01T00:00:00.000Z' } },
    'user:anonymous_id:a2': { V: { N: '1152921504606846976', AT: null } },
  })
})

test('what cannot be loaded is told with its line, and kept with the row', async () => {
  const large = { anonymous_id: 'a9', A: 'é'.repeat(33_000) }
  const rows = [
    '{"anonymous_id":"a1"}',
    '{"anonymous_id":" "}',
    '{"anonymous_id":"Null","A":"secret"}',
    '{"A":1}',
    '{"anonymous_id":',
    '[1]',
    JSON.stringify(large),
    JSON.stringify({ anonymous_id: 'k'.repeat(600) }),
  ]
  const { code, pairs, rejected, stderr, stdout } = await out('f.jsonl', rows.join('\n'))
  assert.equal(code, 1)
  assert.deepEqual(Object.keys(pairs), ['user:anonymous_id:a1'])
  assert.deepEqual(
    rejected.map(({ line, wrong }) => `${line} ${wrong}`),
    [
      '2 has no id in anonymous_id',
      '3 has a word for nobody in anonymous_id, and no id',
      '4 has no column anonymous_id; name the one of the id with --id anonymous_id=COLUMN',
      '5 is not JSON',
      '6 is JSON, but no object of columns',
      '7 is larger than the 65536 bytes that a page reads of a profile',
      '8 has an id that is too long: a key of KV has 512 bytes at most',
    ],
  )
  assert.deepEqual(rejected[5].row, large)
  assert.match(stderr, /^f\.jsonl:2: has no id/)
  assert.match(stderr, /more of them are in f\.jsonl\.rejected\.jsonl\n$/)
  assert.match(stdout, /7 rows rejected/)
  assert.doesNotMatch(stderr + stdout, /secret/)
})

test('a row of CSV that is not UTF-8 is told, and not loaded under the id of somebody else', async () => {
  const latin1 = Buffer.from('anonymous_id,A\ncaf\xe9,1\ncaf\xe8,2\nb,\xfc\nc,3\n', 'latin1')
  const { code, pairs, rejected } = await out('f.csv', latin1)
  assert.deepEqual([code, pairs], [1, { 'user:anonymous_id:c': { V: { A: 3 } } }])
  assert.deepEqual(
    rejected.map(({ line, wrong }) => `${line} ${wrong}`),
    [2, 3, 4].map((line) => `${line} has a character that is not UTF-8`),
  )
})

test('rows of CSV with another number of fields are told by the line where they begin', async () => {
  const { code, rejected } = await out('f.csv', 'anonymous_id,A\na1,"x\ny",1\na2\na3,1\n')
  assert.equal(code, 1)
  assert.deepEqual(
    rejected.map(({ line, row }) => [line, row]),
    [
      [2, ['a1', 'x\ny', '1']],
      [4, ['a2']],
    ],
  )
})

test('a file whose quotes or gzip are broken is refused at that place', async () => {
  const quotes = await out('f.csv', 'anonymous_id,A\na1,"x"y\na2,1\n')
  assert.equal(quotes.code, 1)
  assert.match(quotes.stderr, /f\.csv:2: a quote stands within a quoted field/)
  const cut = await out('f.jsonl.gz', gzipSync('{"anonymous_id":"a1"}\n'.repeat(99)).subarray(0, 30))
  assert.equal(cut.code, 1)
  assert.match(cut.stderr, /f\.jsonl\.gz is broken as gzip \(unexpected end of file\)/)
})

test('words for nobody are those of the feed', async () => {
  const source = await readFile(path.join(root, 'feed/src/event/alias.rs'), 'utf8')
  const words = [.../NOBODY: [^=]*= \[(.*?)\];/s.exec(source)[1].matchAll(/"([^"]+)"/g)].map(([, word]) => word)
  assert.ok(words.length > 10)
  const ids = [...words, '000', '0000-00', "'null'"]
  const { rejected, pairs } = await out('f.jsonl', ids.map((id) => JSON.stringify({ anonymous_id: id })).join('\n'))
  assert.deepEqual(pairs, {})
  assert.equal(rejected.length, ids.length)
})

test('a dry run says what would be written, and writes nothing', async () => {
  const cwd = await at.project({ 'f.jsonl': '{"anonymous_id":"a1","A":"secret"}\n{"A":"secret"}\n' })
  const { code, stdout, stderr } = await at.pintle(['load', 'f.jsonl', '--view', 'V', '--dry-run'], { cwd })
  assert.equal(code, 1)
  assert.equal(
    stdout,
    '2 rows read; 1 profile would be written\nthe first under user:anonymous_id:a1\n1 row rejected\n',
  )
  assert.doesNotMatch(stdout + stderr, /secret/)
  await assert.rejects(access(path.join(cwd, 'f.jsonl.rejected.jsonl')))
})

test('wrong usage is told', async () => {
  const cwd = await at.project({ f: 'x', 'f.jsonl': '{}' })
  for (const [args, told] of [
    [['f.jsonl', '--view', 'V'], /name one of --local, --remote, --to URL, --out FILE and --dry-run/],
    [['f', '--view', 'V', '--dry-run'], /tell it with --format jsonl\|csv\|parquet/],
    [['f.jsonl', '--dry-run'], /which view is it\?/],
    [['none.csv', '--dry-run'], /none\.csv cannot be read: there is no such file/],
    [['f.jsonl', '--view', 'V', '--remote'], /which token\?/],
    [['f.jsonl', '--view', 'V', '--dry-run', '--ttl', '1s'], /from "60s" to "400d"/],
  ]) {
    const env = { CLOUDFLARE_API_TOKEN: '' }
    const { code, stderr } = await at.pintle(['load', ...args], { cwd, env })
    assert.equal(code, 2, stderr)
    assert.match(stderr, told)
  }
})

test('a page is personalised from a row that was loaded into local KV', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'pintle-load-'))
  try {
    await install(folder)
    const config = 'name = "x"\ncompatibility_date = "2026-04-01"\n[[kv_namespaces]]\nbinding = "PROFILES"\nid = "x"\n'
    await writeFile(path.join(folder, 'wrangler.toml'), config)
    await writeFile(path.join(folder, 'personalization.json'), await readFile(path.join(root, 'personalization.json')))
    await writeFile(path.join(folder, 'f.csv'), 'ANONYMOUS_ID,USER_APP_SIGN_UP\nloaded,1\n')
    const { code, stderr, stdout } = await at.pintle(['load', 'f.csv', '--local'], { cwd: folder })
    assert.equal(code, 0, stderr)
    assert.match(stdout, /1 profile written to the local KV namespace PROFILES/)
    const site = await startSite({ kvNamespaces: { PROFILES: 'x' }, folder: path.join(folder, '.wrangler/state/v3') })
    try {
      const value = await site.profiles.get('user:anonymous_id:loaded')
      assert.equal(value, JSON.stringify({ [VIEW]: { USER_APP_SIGN_UP: 1 } }))
      const page = await new Browser(site, visitor('loaded')).view()
      assert.equal(page.set.rs_activation_signed_up?.value, 'true')
      const other = await new Browser(site, visitor('other')).view()
      assert.equal(other.set.rs_activation_signed_up?.value, 'false')
    } finally {
      await site.dispose()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

/** A stand-in for Cloudflare's REST API. `fails` says of each call how it fails, if it does. */
async function cloudflare(fails, taken = () => {}) {
  const kept = new Map()
  const calls = []
  const server = await startServer(async (request, response) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    calls.push(request)
    const failure = fails(calls.length)
    if (failure === 'reset') return request.socket.destroy()
    if (failure === 'hang') return undefined
    if (typeof failure === 'number') {
      const headers = { 'retry-after': '0', 'content-type': 'application/json' }
      return response.writeHead(failure, headers).end('{"success":false,"errors":[{"code":10000,"message":"secret"}]}')
    }
    const pairs = JSON.parse(body)
    const not = failure === 'some' ? pairs.slice(0, 10).map(({ key }) => key) : []
    for (const { key, value } of pairs) if (!not.includes(key)) kept.set(key, value)
    response.setHeader('content-type', 'application/json')
    const result = { successful_key_count: pairs.length - not.length, unsuccessful_keys: not }
    response.end(JSON.stringify({ success: true, errors: [], result }))
    taken(kept.size)
  })
  const env = { CLOUDFLARE_API_TOKEN: 'token-secret', CLOUDFLARE_API_BASE_URL: `${server.url}/client/v4` }
  return { ...server, kept, calls, env }
}

const ROWS = 45_000
const REMOTE = ['--view', 'V', '--remote', '--account', 'acc', '--namespace', 'ns', '--timeout', '2']
const many = () =>
  Array.from({ length: ROWS }, (_, row) =>
    row % 1000 === 999 ? `{"row":${row}}` : JSON.stringify({ anonymous_id: `a${row}`, row }),
  ).join('\n')

function assertAll(kept) {
  assert.equal(kept.size, ROWS - ROWS / 1000)
  for (const [key, value] of kept) assert.equal(value, `{"V":{"row":${key.slice('user:anonymous_id:a'.length)}}}`)
}

test('Cloudflare fails now and then, and every key arrives', async () => {
  const failures = [429, 'reset', 503, 'some', undefined, 'hang', 500]
  const api = await cloudflare((call) => failures[call - 1])
  try {
    const cwd = await at.project({ 'f.jsonl': many() })
    const { code, stdout, stderr } = await at.pintle(['load', 'f.jsonl', ...REMOTE], { cwd, env: api.env })
    assert.equal(code, 1, stderr)
    assertAll(api.kept)
    assert.equal(api.calls[0].url, '/client/v4/accounts/acc/storage/kv/namespaces/ns/bulk')
    assert.equal(api.calls[0].headers.authorization, 'Bearer token-secret')
    assert.doesNotMatch(stdout + stderr, /secret/)
  } finally {
    await api.dispose()
  }
})

test('a refusal of Cloudflare is told by its status and code at once', async () => {
  const api = await cloudflare(() => 403)
  try {
    const cwd = await at.project({ 'f.jsonl': '{"anonymous_id":"a1"}' })
    const { code, stderr } = await at.pintle(['load', 'f.jsonl', ...REMOTE], { cwd, env: api.env })
    assert.equal(code, 1)
    assert.match(stderr, /refuses a batch \(status 403, code 10000\): has the token of CLOUDFLARE_API_TOKEN/)
    assert.equal(api.calls.length, 1)
    assert.doesNotMatch(stderr, /secret/)
  } finally {
    await api.dispose()
  }
})

test('what was killed goes on after the last batch that was confirmed, and every row is there once', async () => {
  let child
  const api = await cloudflare(
    (call) => (call === 2 ? 503 : undefined),
    (size) => size > 25_000 && child.kill('SIGKILL'),
  )
  try {
    const cwd = await at.project({ 'f.jsonl': many() })
    const command = path.join(at.folder, 'node_modules/pintle/dist/cli.js')
    child = spawn(process.execPath, [command, 'load', 'f.jsonl', ...REMOTE], {
      cwd,
      env: { ...process.env, ...api.env },
    })
    await new Promise((resolve) => child.on('close', resolve))
    assert.equal(child.signalCode, 'SIGKILL')
    const before = api.calls.length
    const { code, stderr, stdout } = await at.pintle(['load', 'f.jsonl', ...REMOTE], { cwd, env: api.env })
    assert.equal(code, 1)
    assert.match(stderr, /^goes on after row 20020, where an earlier run was; --again begins anew$/m)
    assert.match(stdout, /45000 rows read, 44955 profiles written/)
    assertAll(api.kept)
    assert.equal(api.calls.length - before, 3)
    const rejected = (await readFile(path.join(cwd, 'f.jsonl.rejected.jsonl'), 'utf8')).trim().split('\n')
    assert.deepEqual(
      rejected.map((line) => JSON.parse(line).row.row),
      Array.from({ length: ROWS / 1000 }, (_, at) => at * 1000 + 999),
    )
    await assert.rejects(access(path.join(cwd, 'f.jsonl.progress.json')))
  } finally {
    await api.dispose()
  }
})

test('another file under the same name, and --again, begin anew; so does what is written otherwise', async () => {
  for (const [content, args] of [
    [`${many()}\n`, []],
    [many(), ['--again']],
    [many(), ['--ttl', 'none']],
  ]) {
    const api = await cloudflare((call) => (call > 1 && call < 3 ? 403 : undefined))
    try {
      const cwd = await at.project({ 'f.jsonl': many() })
      const first = await at.pintle(['load', 'f.jsonl', ...REMOTE], { cwd, env: api.env })
      assert.match(first.stderr, /refuses a batch/)
      await writeFile(path.join(cwd, 'f.jsonl'), content)
      const { stderr } = await at.pintle(['load', 'f.jsonl', ...REMOTE, ...args], { cwd, env: api.env })
      assert.doesNotMatch(stderr, /goes on/)
      assert.equal(api.calls.length, 2 + 5)
      assertAll(api.kept)
    } finally {
      await api.dispose()
    }
  }
})
