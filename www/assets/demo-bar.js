// The demo bar, on local runs only: become one of four visitors, or sign up as a fifth, and read what Pintle said about this
// very page in its Server-Timing header. On any other host this script does nothing.

;(() => {
  if (!['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)) return

  const idCookie = 'rl_anonymous_id'
  const answerCookie = 'rs_activation_signed_up'
  const rewardsCookie = 'rewards_member'

  // What version 3 of the RudderStack SDK stores: no cipher, whatever its prefix says.
  const v3 = (id) => `RS_ENC_v3_${btoa(JSON.stringify(id))}`

  const visitors = [
    { name: 'new', label: 'New', value: null },
    { name: 'signed-up', label: 'Signed up', value: v3('3f1c6a52-8d0e-4b7e-9a44-2c5b6d48ea90') },
    {
      name: 'signed-up-legacy',
      label: 'Signed up, legacy cookie',
      // In AES, as versions 1 and 1.1 of the SDK stored it.
      id: '7b0f2e6c-51d3-4c8a-8e9f-d1a2b3c4e5f6',
      value: 'RudderEncrypt:U2FsdGVkX19almGZvOQuUk974K6DnwKs/hyMnxH27/buXQVPKoJYB6Z3HaANrOu3EWUpPHJLWtE225I1rOwnCA==',
    },
    { name: 'unknown', label: 'Unknown id', value: v3('00000000-0000-4000-8000-000000000000') },
  ]

  const explained = [
    { title: 'Visitor', metric: 'pintle-visitor' },
    { title: 'Lookup', metric: 'pintle-lookup' },
    { title: 'Decision', metric: 'pintle-decision' },
    { title: 'Cookie', metric: 'pintle-cookie' },
  ]

  // The raw text of a cookie, or null. The last of one name counts, as it does for Pintle.
  const readCookie = (name) =>
    document.cookie
      .split('; ')
      .findLast((cookie) => cookie.startsWith(`${name}=`))
      ?.slice(name.length + 1) ?? null

  const writeCookie = (name, value) => {
    const expires = new Date()
    expires.setFullYear(expires.getFullYear() + 1)
    document.cookie = `${name}=${encodeURIComponent(value)}; path=/; expires=${expires.toUTCString()}; samesite=Lax`
  }

  const clearCookie = (name) => {
    document.cookie = `${name}=; path=/; expires=${new Date(0).toUTCString()}; samesite=Lax`
  }

  const currentVisitor = () => {
    const raw = readCookie(idCookie)
    return visitors.find(({ value }) => raw === (value === null ? null : encodeURIComponent(value)))
  }

  // What the SDK keeps in one of its cookies, in the form of version 3; undefined where there is nothing of that form.
  const kept = (name) => {
    try {
      return JSON.parse(atob(decodeURIComponent(readCookie(name)).replace('RS_ENC_v3_', ''))) || undefined
    } catch {
      return undefined
    }
  }

  const anonymousId = () => currentVisitor()?.id ?? kept(idCookie)

  const who = () => currentVisitor()?.label ?? kept('rl_user_id') ?? 'Somebody else'

  // Data only ever becomes text here, never markup.
  const element = (tag, attributes, ...children) => {
    const made = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
    made.append(...children)
    return made
  }

  const focusKey = 'pintle-demo-focus'
  const openKey = 'pintle-demo-open'

  // All that the SDK and Pintle have in cookies that scripts may read.
  const leave = () => {
    const names = document.cookie.split('; ').map((cookie) => cookie.split('=')[0])
    for (const name of names.filter((name) => name.startsWith('rl_'))) clearCookie(name)
    for (const name of [answerCookie, rewardsCookie]) clearCookie(name)
  }

  const become = (visitor, byKeyboard) => {
    leave()
    if (visitor.value !== null) writeCookie(idCookie, visitor.value)
    if (byKeyboard) sessionStorage.setItem(focusKey, visitor.name)
    location.reload()
  }

  const visitorButton = (visitor) => {
    const pressed = String(visitor === currentVisitor())
    const button = element(
      'button',
      { type: 'button', 'data-visitor': visitor.name, 'aria-pressed': pressed },
      visitor.label,
    )
    // A click of zero presses is one made with the keyboard.
    button.addEventListener('click', (event) => become(visitor, event.detail === 0))
    return button
  }

  const say = ({ description, duration }) =>
    duration > 0 ? `${description} (${Number(duration.toFixed(1))} ms)` : description

  const fact = (title, key, texts) =>
    element('div', {}, element('dt', {}, title), ...texts.map((text) => element('dd', { 'data-pintle': key }, text)))

  const inBrowser = () => {
    const answer = readCookie(answerCookie)
    return answer === null ? `no ${answerCookie} cookie` : `${answerCookie}=${answer}`
  }

  const explanation = () => {
    const timing = performance.getEntriesByType('navigation')[0]?.serverTiming ?? []
    const facts = explained.map(({ title, metric }) => {
      const texts = timing.filter(({ name }) => name === metric).map(say)
      return { title, key: metric.replace('pintle-', ''), texts }
    })
    const now = fact('In the browser now', 'now', [inBrowser()])

    if (facts.every(({ texts }) => texts.length === 0)) {
      const silence = element('p', { 'data-pintle': 'silence' }, 'Pintle said nothing about this page.')
      return element('div', { class: 'demo-said' }, silence, element('dl', {}, now))
    }
    const list = facts.map(({ title, key, texts }) => fact(title, key, texts.length > 0 ? texts : ['nothing']))
    return element('div', { class: 'demo-said' }, element('dl', {}, ...list, now))
  }

  const build = () => {
    const summary = element(
      'summary',
      {},
      element('strong', {}, 'Pintle demo'),
      element('span', { class: 'demo-who' }, `You are: ${who()}`),
    )
    const choice = element(
      'div',
      { class: 'demo-visitors', role: 'group', 'aria-label': 'Become a visitor' },
      ...visitors.map(visitorButton),
    )
    const details = element('details', {}, summary, choice, explanation())

    // Every choice reloads the page, so the bar remembers how it was left. A phone and the shop start with the page in view.
    const left = sessionStorage.getItem(openKey)
    const hasRoom = matchMedia('(min-width: 48rem)').matches && !document.body.matches('.shop')
    details.open = left === null ? hasRoom : left === 'yes'
    summary.addEventListener('click', () => sessionStorage.setItem(openKey, details.open ? 'no' : 'yes'))

    return element('aside', { id: 'demo-bar', 'aria-label': 'Pintle demo' }, details)
  }

  // Says again what may have changed while the page is open.
  const update = (bar) => {
    bar.querySelector('.demo-who').textContent = `You are: ${who()}`
    bar.querySelector('[data-pintle="now"]').textContent = inBrowser()
    for (const button of bar.querySelectorAll('[data-visitor]')) {
      button.setAttribute('aria-pressed', String(button.dataset.visitor === currentVisitor()?.name))
    }
  }

  const isOfSdk = () => kept('rl_user_id') !== undefined || (!currentVisitor() && kept(idCookie) !== undefined)

  // For the shop: whether one of the demo's own visitors looks at it, and how they become somebody new when they act.
  window.pintleDemo = { isPlayed: () => !isOfSdk() && readCookie(idCookie) !== null, leave }

  const show = () => {
    const bar = build()
    document.body.append(bar)
    import('/assets/demo-person.js').then(({ showPerson }) =>
      showPerson(bar, { anonymousId, isOfSdk, leave, changed: () => update(bar), element, fact }),
    )
    const chosen = sessionStorage.getItem(focusKey)
    sessionStorage.removeItem(focusKey)
    if (chosen !== null) bar.querySelector(`[data-visitor="${CSS.escape(chosen)}"]`)?.focus({ preventScroll: true })
  }

  // The bar appears dressed, or, when its style sheet is missing, all the same.
  const style = element('link', { rel: 'stylesheet', href: '/assets/demo-bar.css' })
  style.addEventListener('load', show, { once: true })
  style.addEventListener('error', show, { once: true })
  document.head.append(style)
})()
