// The empty Worker: it hands everything on.

export default {
  fetch(request, env) {
    return env.ASSETS.fetch(request)
  },
}
