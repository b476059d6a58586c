// A shared cache before a site: Debian's nginx, with a configuration and a cache of its own.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { nginx } from '../../scripts/tools.mjs'

/**
 * Starts nginx as a caching proxy before `origin`; `directives` are added to its location. `X-Cache-Status` tells of
 * each response whether it came from the cache. Resolves to its `url` and `dispose`.
 */
export async function startCache(origin, directives = '') {
  const program = await nginx()
  const folder = await mkdtemp(path.join(tmpdir(), 'pintle-nginx-'))
  const port = await freePort()
  const file = path.join(folder, 'nginx.conf')
  await writeFile(file, configuration({ folder, port, origin, directives }))
  const log = path.join(folder, 'error.log')
  const child = spawn(program, ['-c', file, '-e', log], { stdio: 'ignore' })
  const ended = once(child, 'close')
  const stop = () => child.kill('SIGKILL')
  process.on('exit', stop)
  const dispose = async () => {
    process.off('exit', stop)
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`nginx does not start:\n${await readFile(log, 'utf8')}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  return { url: `http://localhost:${port}`, dispose }
}

/** What people write who put a cache before Next.js. */
function configuration({ folder, port, origin, directives }) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder}/${of};`)
  return `
daemon off;
master_process off;
pid ${folder}/pid;
events {}
http {
  access_log off;
  ${temporary.join('\n  ')}
  proxy_cache_path ${folder}/cache keys_zone=pages:1m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${origin};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_cache pages;
      add_header X-Cache-Status $upstream_cache_status always;
      ${directives}
    }
  }
}
`
}

async function freePort() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.unref()
    socket.on('connect', () => socket.destroy())
  })
