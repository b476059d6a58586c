// What runs of a site: the core of the published personalization, else of the deployed one. What is published is checked as
// what is deployed was; what is wrong is refused, and what runs runs on.

import { Core, contract } from '../core/core.js'
import { warmUp } from '../core/warm_up.js'
import type { Answer, Mistake, ShellKind } from '../core/wire.js'
import { isProcess, variables } from './environment.js'
import type { Exposures } from './exposures.js'
import type { Given } from './given.js'
import { MOST_LENGTH, Published } from './published.js'
import type { WaitUntil } from './wait_until.js'

export class Running {
  /** Nothing where the module cannot be started. */
  core: Core | undefined
  /** Why it cannot. */
  readonly why: unknown
  /** The personalization that runs. */
  text: string
  readonly #given: Given
  readonly #exposures: Exposures | undefined
  readonly #published: Published | undefined
  /** What was published when it was last looked. */
  #found: string | undefined
  /** All that is wrong with it, where it was refused. */
  #wrong: Mistake[] = []
  #isTold = false

  constructor(given: Given, exposures: Exposures | undefined) {
    this.#given = given
    this.#exposures = exposures
    this.text = given.personalization
    const made = () => new Core(this.text, variables(given.environment, contract().variables), kindOf(given))
    try {
      this.core = made()
      if (isProcess()) warmUp(made())
    } catch (error) {
      // A trap has told itself, and leaves a core that makes a new instance.
      if (!this.core) {
        this.why = error
        console.error('pintle: the module cannot be started, so the site is served without personalization:', error)
      }
    }
    if (given.published) this.#published = new Published(given.published, (text) => this.#take(text))
  }

  /** Looks for what is published where it is time to; a promise as long as that was never done. */
  look(waitUntil: WaitUntil): Promise<void> | undefined {
    return this.#published?.look(waitUntil)
  }

  /** Says once what the settings are. Not when the module is loaded: many are that serve nothing. */
  tell(): void {
    const sentence = this.core?.sentence
    if (this.#isTold || !sentence) return
    this.#isTold = true
    console[sentence.level](sentence.text)
  }

  /** The core's own answer, with both versions where there may be two, and with what was told to RudderStack. */
  async health(core: Core): Promise<Answer> {
    const answer = core.health()
    const more = {
      ...(this.#published && { published: await this.#state() }),
      ...(this.#exposures && { exposures: { ...this.#exposures.counts, waiting: this.#exposures.waiting } }),
    }
    return { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), ...more }) }
  }

  /** All that is wrong with a personalization, were it published. */
  wrong(text: string): Mistake[] {
    return this.core ? this.#tried(this.core, text).wrong : []
  }

  /** What would run, where it can at all, and all that is wrong with it. */
  #tried(core: Core, text: string): { next?: Core; wrong: Mistake[] } {
    if (text.length > MOST_LENGTH && text !== this.#given.personalization)
      return { wrong: [{ at: '$', what: `is longer than ${MOST_LENGTH} characters` }] }
    try {
      const next = core.with(text)
      return { next, wrong: [...next.mistakes(), ...(this.#given.alsoWrong?.(text) ?? [])] }
    } catch (error) {
      return { wrong: [{ at: '$', what: `cannot be tried: ${error}` }] }
    }
  }

  async #state() {
    const found = this.#found
    const version = found && (await versionOf(found))
    const state = found === undefined ? 'none' : this.#wrong.length > 0 ? 'refused' : 'running'
    const deployed = await versionOf(this.#given.personalization)
    return { state, deployed, ...(version && { version }), ...(state === 'refused' && { mistakes: this.#wrong }) }
  }

  #take(found: string | undefined): void {
    if (found === this.#found || !this.core) return
    this.#found = found
    const text = found ?? this.#given.personalization
    const { next, wrong } = this.#tried(this.core, text)
    // What is deployed is in nobody's power to refuse: where nothing is published, it runs as it is.
    this.#wrong = found === undefined && next ? [] : wrong
    if (!next || this.#wrong.length > 0) {
      const list = this.#wrong.map(({ at, what }) => `\n  ${at}: ${what}`).join('')
      console.error(`pintle: the published personalization is refused, and what ran runs on:${list}`)
      return
    }
    next.succeeds()
    this.core = next
    this.text = text
    const which = found === undefined ? 'nothing is published any more: the deployed' : 'the published'
    console.warn(`pintle: ${which} personalization runs from now on`)
  }
}

/** As the core tells it: the first 8 hexadecimal digits of its SHA-256. */
async function versionOf(text: string): Promise<string> {
  const [a, b, c, d] = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return [a, b, c, d].map((byte) => (byte ?? 0).toString(16).padStart(2, '0')).join('')
}

function kindOf({ brought, delivers, environment }: Given): ShellKind {
  const brings: ShellKind['brings'] = []
  if (brought.profile) brings.push('function')
  if (brought.kv) brings.push('kv')
  if (brought.people) brings.push('people')
  // Only Next.js' edge runtime has no sockets.
  if (!('EdgeRuntime' in globalThis)) brings.push('redis')
  return { brings, delivers, names: Object.keys(environment) }
}
