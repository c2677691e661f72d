import { pick } from '@authsec-internal/test-kit'

/** A sealed approval in what a framework stores. */
const SEALED = /eyJ[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+/

interface Forgery {
  readonly name: string
  /** Whether the text may still open: base64url has spare bits, and readers differ about its padding. */
  readonly mayOpen?: true
  forge(sealed: string, random: () => number, others: readonly string[]): string
}

const forgeries: readonly Forgery[] = [
  { name: 'a character of the header', forge: (sealed, random) => flipped(sealed, 0, random) },
  { name: 'a character of the nonce', forge: (sealed, random) => flipped(sealed, 2, random) },
  { name: 'a character of the content', forge: (sealed, random) => flipped(sealed, 3, random) },
  { name: 'a character of the tag', forge: (sealed, random) => flipped(sealed, 4, random) },
  { name: 'a wrapped key', forge: (sealed) => sealed.replace('..', '.AAAA.') },
  { name: 'a compressed one', forge: (sealed) => withHeader(sealed, { zip: 'DEF' }) },
  { name: 'another type', forge: (sealed) => withHeader(sealed, { typ: 'JWT' }) },
  { name: 'another algorithm', forge: (sealed) => withHeader(sealed, { alg: 'A256KW' }) },
  { name: 'another encryption', forge: (sealed) => withHeader(sealed, { enc: 'A128GCM' }) },
  { name: 'another key name', forge: (sealed) => withHeader(sealed, { kid: 'k9' }) },
  {
    name: 'a cut text',
    forge: (sealed, random) => sealed.slice(0, -2 - Math.floor(random() * 90)),
  },
  { name: 'an empty text', forge: () => '' },
  { name: 'an extended text', forge: (sealed) => `${sealed}AAAA` },
  { name: 'a further part', forge: (sealed) => `${sealed}.AAAA` },
  { name: 'a doubled text', forge: (sealed) => sealed + sealed },
  { name: 'padding', mayOpen: true, forge: (sealed) => `${sealed}==` },
  { name: 'spare bits', mayOpen: true, forge: (sealed) => sealed.slice(0, -1) + nextTo(sealed) },
  {
    name: 'the text of another call',
    mayOpen: true,
    forge: (sealed, random, others) => (others.length > 0 ? pick(random, others) : sealed),
  },
]

/** What a stranger made of a stored text. */
export interface Forged {
  readonly stored: string
  readonly name: string
  readonly mayOpen: boolean
}

/** Forges the sealed approval in a stored text, if it has one. */
export function forgedText(
  stored: string,
  random: () => number,
  others: readonly string[],
): Forged | undefined {
  const [sealed] = SEALED.exec(stored) ?? []
  if (sealed === undefined) return undefined
  const { name, mayOpen = false, forge } = pick(random, forgeries)
  const all = others.flatMap((other) => SEALED.exec(other)?.[0] ?? [])
  return { stored: stored.replace(sealed, () => forge(sealed, random, all)), name, mayOpen }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Another first bit somewhere in a part: bits at the end may be spare ones. */
function flipped(sealed: string, part: number, random: () => number): string {
  const parts = sealed.split('.')
  const text = parts[part] ?? ''
  const at = Math.floor(random() * text.length)
  const other = ALPHABET[(ALPHABET.indexOf(text[at] ?? '') + 32) % 64]
  parts[part] = `${text.slice(0, at)}${other}${text.slice(at + 1)}`
  return parts.join('.')
}

function nextTo(sealed: string): string {
  return ALPHABET[ALPHABET.indexOf(sealed.at(-1) ?? '') ^ 1] ?? 'A'
}

function withHeader(sealed: string, changes: object): string {
  const [header = '', ...rest] = sealed.split('.')
  const fields = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))
  const text = JSON.stringify({ ...fields, ...changes })
  return [Buffer.from(text).toString('base64url'), ...rest].join('.')
}
