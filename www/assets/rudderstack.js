// RudderStack's own SDK, as `npm start` serves it, sending to this very site.

/** Runs a script; resolves when it has run. */
export const script = (src) =>
  new Promise((resolve, reject) => {
    const made = Object.assign(document.createElement('script'), { src, onload: resolve, onerror: reject })
    document.head.append(made)
  })

/** Where it sends. */
export const collect = `${location.origin}/collect`

let loading

/** The SDK, ready; it has told of this page. */
export const sdk = () => {
  loading ??= (async () => {
    await script('/_demo/rudderanalytics.js')
    const analytics = new window.rudderanalytics.RudderAnalytics()
    analytics.load('demo', collect, { configUrl: `${collect}/sourceConfig/` })
    await new Promise((resolve) => analytics.ready(resolve))
    analytics.page()
    return analytics
  })()
  return loading
}
