const MAX_LENGTH = 140
const MAX_VALUE_LENGTH = 40

/**
 * The text on the approver's screen: the developer's message with the values quoted and made harmless,
 * and the code of the request, which no value can displace. One line of at most 140 characters.
 */
export function bindingMessage(
  template: string,
  values: Readonly<Record<string, unknown>>,
  code: string,
): string {
  const filled = template.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? quoted(values[name]) : placeholder,
  )
  const tail = ` [${code}]`
  return shortened(singleLine(filled), MAX_LENGTH - tail.length) + tail
}

/** In quotes that the value cannot close. */
function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  const plain = text.normalize('NFC').replace(/[^\p{L}\p{N} .,:;@_+\-/]/gu, '·')
  return `"${shortened(plain, MAX_VALUE_LENGTH)}"`
}

/** Without control, format (bidirectional, zero-width), surrogate and private characters, and line breaks of any kind. */
function singleLine(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
}

function shortened(text: string, length: number): string {
  const characters = [...text]
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`
}
