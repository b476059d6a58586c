// RudderStack's JavaScript SDK 2.52 (`rudder-sdk-js`) in Node.js: what it writes into a cookie, and what it reads there.
// It gets a page that has nothing but cookies.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import vm from 'node:vm'

const COOKIE = 'rl_anonymous_id'

/** The SDK, in a page of its own; its randomness is `random`. */
export function oldSdk(random) {
  const cookies = new Map()
  const page = {
    document: {
      get cookie() {
        return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      },
      set cookie(line) {
        const [pair, ...attributes] = line.split(';')
        const [name] = pair.split('=', 1)
        const expires = attributes.find((attribute) => /^\s*expires=/i.test(attribute))?.replace(/^.*?=/, '')
        if (expires && Date.parse(expires) < Date.now()) cookies.delete(name)
        else cookies.set(name, pair.slice(name.length + 1))
      },
      addEventListener() {},
      getElementsByTagName: () => [],
      createElement: () => ({}),
    },
    location: { href: 'https://shop.example/', hostname: 'shop.example', protocol: 'https:' },
    navigator: { userAgent: '' },
    crypto: { getRandomValues: (into) => into.map((_, at) => (into[at] = random(2 ** 32))) },
    // What it cannot read it tells; the answer says so as well.
    console: { log() {}, error() {}, warn() {}, info() {}, debug() {} },
    addEventListener() {},
    atob,
    TextDecoder,
    URL,
    setTimeout,
    setInterval: () => 0,
    module: { exports: {} },
  }
  page.window = page
  page.globalThis = page
  const source = createRequire(import.meta.url)
    .resolve('rudder-sdk-js')
    .replace(/index\.js$/, 'index.cjs.js')
  vm.runInNewContext(`(function (exports) {${readFileSync(source, 'utf8')}})(module.exports)`, page)
  const sdk = page.module.exports
  return {
    /** The cookie that it writes for an anonymous id. */
    written(id) {
      sdk.setAnonymousId(id)
      return cookies.get(COOKIE)
    },
    /** The value that it reads from a cookie; undefined when it finds none that it can use, and makes an id of its own. */
    read(raw) {
      cookies.clear()
      cookies.set(COOKIE, raw)
      const value = sdk.getAnonymousId()
      return cookies.get(COOKIE) === raw ? value : undefined
    },
  }
}
