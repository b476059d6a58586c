// What commands print: lines for people, or one JSON document with `--json`.

/** Prints the result of a command. */
export function print(result: object, lines: string[], { json }: { json?: boolean }): void {
  console.log(json ? JSON.stringify(result, null, 2) : lines.join('\n'))
}

/** `1 mistake`, `2 mistakes`. */
export const count = (number: number, thing: string): string => `${number} ${thing}${number === 1 ? '' : 's'}`

/** `a, b and c`. */
export const list = (names: readonly string[]): string =>
  names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names.join('')

/** Texts under a label each, in columns. */
export const column = (label: string, text: string): string =>
  `${label.padEnd(10)}${text.replaceAll('\n', `\n${' '.repeat(10)}`)}`
