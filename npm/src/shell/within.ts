// Reading a text of which nobody knows how long it is, and never more of it than is taken.

/** The text; nothing where it has more bytes. */
export async function textWithin({ body }: Request | Response, bytes: number): Promise<string | undefined> {
  const reader = body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let left = bytes
  for (let read = await reader?.read(); reader && read?.value; read = await reader.read()) {
    left -= read.value.length
    if (left < 0) {
      reader.cancel().catch(() => {})
      return undefined
    }
    text += decoder.decode(read.value, { stream: true })
  }
  return text + decoder.decode()
}
