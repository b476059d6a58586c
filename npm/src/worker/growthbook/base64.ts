// Bytes of texts, as cryptography takes them.

export const bytes = (text: string) => new TextEncoder().encode(text)

/** The bytes that stand there in base64; nothing where it is none. */
export function unbased(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
