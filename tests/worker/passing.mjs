// The empty Worker that Pintle is compared with: it hands everything on.

export default {
  fetch(request, { ORIGIN_URL }) {
    return fetch(new Request(ORIGIN_URL + request.url.slice(request.url.indexOf('/', 8)), request))
  },
}
