// A web server of pages with the package's browser client on them, as a site would have copied it.

import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { startServer } from '../worker/site.mjs'

const TYPES = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' }

/**
 * Starts it. `client` is the folder of the installed package; below `/pintle/` are its modules, and `/pintle.js` is its
 * script form. `files` are further scripts, by path. `page(pathname)` gives the HTML of a page, or nothing. What is none
 * of these is asked of `answer`.
 */
export function startPages({ client, files = {}, page, answer = (_, response) => response.writeHead(404).end() }) {
  return startServer(async (request, response) => {
    try {
      const { pathname } = new URL(request.url, 'http://local')
      const file = pathname === '/pintle.js' ? '/pintle/script.js' : pathname
      if (file.startsWith('/pintle/')) {
        const text = await readFile(path.join(client, 'dist/browser', file.slice('/pintle/'.length)))
        return response.writeHead(200, { 'content-type': TYPES[path.extname(file)] }).end(text)
      }
      if (files[pathname]) return response.writeHead(200, { 'content-type': TYPES['.js'] }).end(files[pathname])
      const html = request.method === 'GET' ? await page(pathname) : undefined
      if (html === undefined) return answer(request, response)
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html)
    } catch (error) {
      response.writeHead(500).end(error.message)
    }
  })
}

/** The same server by the name under which Chromium takes cookies that are `Secure` without TLS. */
export const at = (server, pathname = '/') => {
  const { port } = new URL(server.url)
  return new URL(pathname, `http://localhost:${port}`).href
}
