// Turns every "Try for free" (a.cta) into "Request Demo" for a visitor whose cookie rs_activation_signed_up
// says true. It belongs in the head, without defer or async: then each button has its words before it is painted.

;(() => {
  // Compared as text, because the text 'false' is as truthy as any other.
  const isSignedUp = () => document.cookie.split('; ').includes('rs_activation_signed_up=true')

  const adapt = () => {
    const [label, href] = isSignedUp() ? ['Request Demo', '/request-demo'] : ['Try for free', '/try-for-free']
    for (const button of document.querySelectorAll('a.cta')) {
      // Writing only what differs keeps the observer from hearing itself for ever.
      if (button.textContent !== label) button.textContent = label
      if (button.getAttribute('href') !== href) button.setAttribute('href', href)
    }
  }

  // Whoever hears of a decision while the page is open says so.
  addEventListener('decided', adapt)
  if (!isSignedUp()) return

  // The parser's additions are reported before the browser may paint them, wherever the network cut the page.
  const parser = new MutationObserver(adapt)
  parser.observe(document, { childList: true, characterData: true, subtree: true })
  document.addEventListener('DOMContentLoaded', () => {
    adapt()
    parser.disconnect()
  })
})()
