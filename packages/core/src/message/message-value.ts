/**
 * A value as the approver's device shows it. What a reader would not see, or would see elsewhere, is
 * written as an escape such as `\u{202e}`, which no value can imitate: a backslash of its own becomes `·`.
 */
export interface ShownValue {
  /** What is shown, in units that are never cut: characters with their marks, emoji, escapes. */
  readonly units: readonly string[]
  /** The same with right-to-left characters as escapes, for a place where they would move their neighbours; without any, `undefined`. */
  readonly escapedUnits: readonly string[] | undefined
}

/**
 * Letters with up to four marks, emoji, digits and plain punctuation, as they are; the last group is everything
 * else. Made with the first message, because the list of all emoji costs more time than the whole import.
 */
const unitPattern = (): RegExp => {
  unit ??=
    /\p{RGI_Emoji}|[\p{L}--\p{DI}][[\p{Mn}\p{Mc}]--[\p{DI}\u0334-\u0338\u20d0-\u20ff]]{0,4}|[\p{N} .,:;@_+\-\/]|(.)/gsv
  return unit
}
let unit: RegExp | undefined
/** Shown as nothing, as a space, or on top of a neighbour (UAX 44, `Default_Ignorable_Code_Point`). */
const UNSEEN = /[\p{C}\p{DI}\p{M}\p{Zl}\p{Zp}\u2800]/v
/** The blocks of right-to-left scripts (UAX 9, classes R, AL and AN). */
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/v

/** Shows letters, digits, emoji and plain punctuation as they are. Pure. */
export function shownValue(value: unknown): ShownValue {
  const text = textOf(value).normalize('NFC').replace(/ {2,}/g, ' ')
  const units = [...text.matchAll(unitPattern())].map(([whole, other]) =>
    other === undefined ? whole : replaced(other),
  )
  if (!units.some((unit) => RIGHT_TO_LEFT.test(unit))) return { units, escapedUnits: undefined }
  const escapedUnits = units.flatMap((unit) => (RIGHT_TO_LEFT.test(unit) ? escapes(unit) : unit))
  // Digits and left-to-right letters beside right-to-left ones change places (UAX 9).
  return { units: isOneDirection(units) ? units : escapedUnits, escapedUnits }
}

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const text = JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'bigint' ? String(member) : member,
  )
  return text ?? String(value)
}

function replaced(character: string): string {
  return UNSEEN.test(character) ? escaped(character) : '·'
}

function escapes(unit: string): string[] {
  return [...unit].map(escaped)
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}

/** Whether these are right-to-left letters and neutral characters, or Arabic digits alone. */
function isOneDirection(units: readonly string[]): boolean {
  const directed = units.filter((unit) => /[\p{L}\p{N}\\]/v.test(unit))
  if (!directed.every((unit) => RIGHT_TO_LEFT.test(unit))) return false
  return (
    directed.every((unit) => !/\p{N}/v.test(unit)) || units.every((unit) => /\p{N}/v.test(unit))
  )
}
