// A browser's jar for the `Set-Cookie` lines that we write: they are read by tough-cookie, a parser that is not ours.

import assert from 'node:assert/strict'

import { CookieJar } from 'tough-cookie'

const PAGE = 'https://shop.example/some/page?a=b'

/** A jar, and what a browser does with it. */
export class Jar {
  #jar = new CookieJar()

  /** Takes in a line, which must be a cookie of the whole site, over HTTPS alone. Resolves to what it was read as. */
  async take(line, url = PAGE) {
    const before = Date.now()
    const cookie = await this.#jar.setCookie(line, url, { loose: false })
    assert.ok(cookie, `${line} is a cookie`)
    const { key, value, secure, httpOnly, sameSite, domain, hostOnly, path, maxAge, extensions } = cookie
    assert.deepEqual([secure, sameSite, path, hostOnly], [true, 'lax', '/', true], line)
    assert.equal(domain, new URL(url).hostname)
    assert.equal(extensions ?? null, null, `${line} has nothing that no browser knows`)
    // What takes one away needs not say it: a line of an HTTP answer may replace any cookie.
    if (maxAge > 0) assert.equal(httpOnly, key === 'pintle_ticket', line)
    assert.ok(Number.isInteger(maxAge) && maxAge >= 0, line)
    if (maxAge > 0) assert.ok(cookie.expiryTime() >= before + maxAge * 1_000, line)
    // Name and value are all that stands before the first semicolon.
    assert.equal(`${key}=${value}`, line.split(';')[0])
    return cookie
  }

  /** The `Cookie` header of a request for a page. */
  header = (url = PAGE) => this.#jar.getCookieString(url)

  /** What the page's own scripts read, by name. */
  async scripts(url = PAGE) {
    const cookies = await this.#jar.getCookies(url, { http: false })
    return Object.fromEntries(cookies.map(({ key, value }) => [key, decodeURIComponent(value)]))
  }
}
