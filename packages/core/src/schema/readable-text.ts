import { cutTo, withoutInvisible } from '../support/plain-line.ts'

/** Longest description of a tool that every provider accepts. */
export const TOOL_TEXT = 1_024
export const PARAMETER_TEXT = 300
/** Read at most, before anything is replaced: a description can be megabytes. */
const MAX_READ = 8_192

/** A text of the document for a model: one line, cut, and without letters that nobody sees. Untrusted. */
export function readableText(text: string | undefined, length: number): string {
  if (text === undefined) return ''
  const line = text.slice(0, MAX_READ).replace(/[\s\p{Zl}\p{Zp}]+/gu, ' ')
  return cutTo(withoutInvisible(line).trim(), length)
}

/** Readable texts of one document, each made once: a few references can lead to a long text again and again. */
export class ReadableTexts {
  readonly #known = new Map<number, Map<string, string>>()

  of(text: string | undefined, length: number): string {
    if (text === undefined) return ''
    const known = this.#known.get(length) ?? new Map<string, string>()
    this.#known.set(length, known)
    const readable = known.get(text) ?? readableText(text, length)
    known.set(text, readable)
    return readable
  }
}

/** Sentences as one text: each ends with a full stop, and a repeated one is left out. */
export function sentences(texts: readonly string[], length: number): string {
  const given = texts.filter((text, index) => text !== '' && texts.indexOf(text) === index)
  return cutTo(given.map((text) => (/[.!?…:]$/.test(text) ? text : `${text}.`)).join(' '), length)
}

/** Whether a text can be sent exactly as it is shown: short, on one line, every letter visible. */
export function isPlainValue(text: string, length = 200): boolean {
  return text.length <= length && withoutInvisible(text) === text && !/[\p{Zl}\p{Zp}]/u.test(text)
}
