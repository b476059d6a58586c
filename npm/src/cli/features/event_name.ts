// The names of events as they are sent, from those that the warehouse writes: `order_completed` was `Order Completed`, or
// `orderCompleted`, and only who sends it knows. What is not told is assumed, and said.

/** Takes a name of the warehouse, and gives the name as it is sent. */
export type EventName = (written: string, told?: string) => string

/** `given`: what the command line tells of names. `note` hears of each name that is assumed. */
export const eventNames =
  (given: Record<string, string>, note: (text: string) => void): EventName =>
  (written, told) => {
    const known = Object.hasOwn(given, written) ? given[written] : told
    if (known !== undefined) return known
    const assumed = written
      .split('_')
      .filter(Boolean)
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(' ')
    note(`the event of \`${written}\` is taken to be sent as "${assumed}"; --event ${written}=… tells another name`)
    return assumed
  }
