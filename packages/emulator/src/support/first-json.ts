/**
 * The first JSON value of a text, or `undefined` when it starts with none. The server decodes one value and
 * never looks at what follows it (contract 0.1).
 */
export function readFirstJson(text: string): unknown {
  const start = text.search(/[^ \t\r\n]/)
  if (start === -1) return undefined
  const end = isContainer(text[start]) ? endOfContainer(text, start) : text.length
  try {
    return JSON.parse(text.slice(start, end))
  } catch {
    return undefined
  }
}

function isContainer(character: string | undefined): boolean {
  return character === '{' || character === '['
}

/** The index after the bracket that closes the one at `start`. Brackets in texts do not count. */
function endOfContainer(text: string, start: number): number {
  let depth = 0
  let isInText = false
  for (let index = start; index < text.length; index += 1) {
    const character = text[index]
    if (isInText) {
      if (character === '\\') index += 1
      else if (character === '"') isInText = false
    } else if (character === '"') {
      isInText = true
    } else if (isContainer(character)) {
      depth += 1
    } else if (character === '}' || character === ']') {
      depth -= 1
      if (depth === 0) return index + 1
    }
  }
  return text.length
}
