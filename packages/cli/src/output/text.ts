import type { Io } from './io.ts'

type Tone = 'bad' | 'good' | 'note' | 'dim'

const ANSI: Readonly<Record<Tone, string>> = { bad: '31', good: '32', note: '33', dim: '2' }

/** The text in colour, where colours are on. */
export function paint({ hasColor }: Pick<Io, 'hasColor'>, tone: Tone, text: string): string {
  return hasColor ? `\u001b[${ANSI[tone]}m${text}\u001b[0m` : text
}

/** Lines of `name  value`, the values below one another. */
export function rows(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('')
}

/** JSON in which letters that a terminal obeys, or that nobody sees, are escapes. */
export function json(value: unknown): string {
  return `${visible(JSON.stringify(value, undefined, 2) ?? 'null')}\n`
}

/** The same on one line. */
export function jsonLine(value: unknown): string {
  return `${visible(JSON.stringify(value) ?? 'null')}\n`
}

function visible(text: string): string {
  return text.replace(UNSEEN, escaped)
}

const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

function escaped(letter: string): string {
  const units = [...Array(letter.length).keys()].map((index) => letter.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

/** Foreign text on one line: what a terminal obeys, or nobody sees, becomes a question mark. */
export function printable(text: string): string {
  return text.replaceAll(/\p{C}|\p{Zl}|\p{Zp}/gu, '?')
}

const JWT = /eyJ[\w-]{6,}(?:\.[\w-]*){1,4}/g
const UUID = /\b[\da-f]{8}(?:-?[\da-f]{4}){3}-?[\da-f]{12}\b/gi

/** A text that others wrote: a token that went into it by mistake is not shown. */
export function withoutTokens(text: string): string {
  return text.replace(JWT, '[token]')
}

/** What a person typed, for an error about it: a client ID or a token may have gone to the wrong place. */
export function withoutSecrets(text: string): string {
  return withoutTokens(text).replace(UUID, '[id]')
}
