// An Activation API to ask: Pintle's own endpoint over its KV, behind a gate that counts the questions
// and can be told to fail in every way that a server on the internet fails.

import http from 'node:http'

import { startServer, startSite } from './site.mjs'

export const TOKEN = 'token-of-the-tests'
export const DESTINATION = 'destination-of-the-tests'
export const VIEW = 'WEB_PERSONALIZATION:FEATURES_BY_ANON'

/** The key under which a visitor's profile stands in KV. */
export const profileKey = (id) => `user:anonymous_id:${id}`

/** The `data` object of a profile with these features. */
export const profileData = (features) => ({ [VIEW]: features })

/** Stores a profile in a KV namespace. */
export const store = (profiles, id, features) => profiles.put(profileKey(id), JSON.stringify(profileData(features)))

/**
 * Starts the API. What it does is `api.answer`, a function of the question, which is called with
 * `{ headers, body, response, relay }`; it relays to the endpoint unless it is set otherwise.
 */
export async function startActivationApi() {
  const endpoint = await startSite({ bindings: { ACTIVATION_TOKEN: TOKEN, ACTIVATION_DESTINATION_ID: DESTINATION } })
  const gate = await startServer(async (request, response) => {
    const question = { headers: request.headers, body: await text(request) }
    api.asked.push(question)
    response.on('close', () => (api.done += 1))
    const relay = (changed = {}) => relayed(endpoint.url, { ...question, ...changed }, response)
    await api.answer({ ...question, response, relay })
  })
  const port = gate.server.address().port
  const api = {
    url: new URL('/v1/activation', gate.url).href,
    profiles: endpoint.profiles,
    /** The questions so far, and how many of them are over. */
    asked: [],
    done: 0,
    answer: ({ relay }) => relay(),
    /** Answers as it should, again. */
    recover: () => (api.answer = ({ relay }) => relay()),
    /** Holds every answer back until the function that it returns is called. */
    hold() {
      let release
      const released = new Promise((resolve) => (release = resolve))
      api.answer = async ({ relay }) => {
        await released
        await relay()
      }
      return release
    },
    /** Refuses connections, until `listen`. */
    refuse: gate.dispose,
    listen: () => new Promise((resolve) => gate.server.listen(port, '127.0.0.1', resolve)),
    /** The variables of a site that asks this API. The budget is one that no test runs out of by chance. */
    bindings: {
      PROFILE_SOURCES: 'activation-api',
      ACTIVATION_API_URL: new URL('/v1/activation', gate.url).href,
      ACTIVATION_DESTINATION_ID: DESTINATION,
      ACTIVATION_TOKEN: TOKEN,
      LOOKUP_BUDGET_MS: '10000',
    },
    knows: (id, features) => store(endpoint.profiles, id, features),
    dispose: () => Promise.all([gate.dispose(), endpoint.dispose()]),
  }
  return api
}

async function text(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** Hands a question on to the endpoint, and the endpoint's answer back. */
function relayed(url, { headers, body }, response) {
  return new Promise((resolve, reject) => {
    const { 'content-length': _, host: __, ...others } = headers
    const options = { method: 'POST', headers: others, agent: false }
    const request = http.request(new URL('/v1/activation', url), options, (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response).on('close', resolve)
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** The page of an origin that knows nothing of visitors. */
export const PAGE = '<!doctype html><title>Still hours</title><h1>The same page for everybody</h1>'

/** Starts an origin that serves `PAGE`. */
export function startOrigin() {
  return startServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'public, max-age=600', 'x-origin': 'site' })
    response.end(PAGE)
  })
}
