const MAX_NESTING = 4

/** Every text that can be read out of a text by decoding what is in it, also what is nested. */
export function readings(text: string): string[] {
  const found = new Set([text])
  let latest = [text]
  for (let depth = 0; depth < MAX_NESTING; depth++) {
    latest = latest.flatMap(decodings).filter((reading) => !found.has(reading))
    for (const reading of latest) found.add(reading)
  }
  return [...found]
}

function decodings(text: string): string[] {
  const plain = text
    .replace(/\\+u([0-9a-f]{4})/gi, (_all, code) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/%([0-9a-f]{2})/gi, (_all, code) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_all, code) => String.fromCharCode(Number(code)))
  const words = text.match(/[\w+/-]{20,}/g) ?? []
  const bytes = words.flatMap((word) => [
    ...[0, 1, 2, 3].map((skip) => Buffer.from(word.slice(skip), 'base64')),
    ...(/^[0-9a-f]{40,}/i.test(word) ? [Buffer.from(word, 'hex')] : []),
  ])
  const decoded = bytes.map((one) => one.toString('latin1')).filter(isReadable)
  return [plain, ...decoded]
}

/** Bytes that are no text hold no part of a secret: a secret consists of letters. */
const isReadable = (text: string): boolean => /[\w.%\\&#;+/=-]{12}/.test(text)
