// What the two ways of asking the Activation API have in common.

/** What is sent to the Activation API. */
export interface Question {
  readonly url: string
  readonly token: string
  /** JSON text. */
  readonly body: string
}

export interface Answer {
  readonly status: number
  /** The body, cut where it is larger than a profile may be. */
  readonly text: string
}

/** A question that is being asked. */
export interface Asking {
  readonly answer: Promise<Answer>
  /** Ends it: nobody waits for the answer any more. */
  cancel(): void
}

/** More bytes than a profile may have: the core refuses what was cut here. */
export const READ_BYTES = 64 * 1024 + 1

export function headersOf({ token }: Question): Record<string, string> {
  // Firewalls refuse requests that do not say who asks.
  return { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'user-agent': 'pintle' }
}
