// How a command ends when it does not end well: one sentence that tells the mend, and an exit code.

/** The exit codes, as every command's help tells them. */
export const EXIT = { FINE: 0, REFUSED: 1, WRONG_USAGE: 2 } as const

/** What a command refuses to do, or found to be wrong. */
export class Refused extends Error {
  readonly exitCode: number = EXIT.REFUSED
}

/** A command that was called wrongly, or with a file that cannot be read. */
export class WrongUsage extends Refused {
  override readonly exitCode = EXIT.WRONG_USAGE
}
