import { approvalError } from '../channels/approval-errors.ts'
import { lengthOf, MESSAGE_ROOM, parseMessage, QUOTES_LENGTH } from '../policy/approval-message.ts'
import { type ShownValue, shownValue } from './message-value.ts'

const MAX_VALUE_LENGTH = 40
/** A value that is cut shows at least this much, so that an escape and the sign of the cut fit. */
const MIN_CUT_LENGTH = 12

/**
 * The text on the approver's screen: the developer's message with the values quoted and made harmless,
 * and the code of the request. One line of at most 140 characters (CIBA Core 7.1). The developer's text is
 * never cut. A short value is shown whole, and long ones share the room that is left, so no value can push
 * another one out. Throws `message_too_long` when even then they do not fit.
 */
export function bindingMessage(
  template: string,
  values: Readonly<Record<string, unknown>>,
  code: string,
): string {
  const { texts, names } = parseMessage(template, (name) => Object.hasOwn(values, name))
  const words = trimmed(texts)
  const ending = ` [${code}]`
  const shown = names.map((name, index) =>
    unitsFor(
      shownValue(values[name]),
      words.slice(0, index + 1),
      [...words, ending].slice(index + 1),
    ),
  )
  const share = fairShare(
    shown.map((units) => Math.min(lengthOf(units.join('')), MAX_VALUE_LENGTH)),
    MESSAGE_ROOM - lengthOf(words.join('')) - QUOTES_LENGTH * names.length,
  )
  const quoted = shown.map((units) => `"${shortened(units, share)}"`)
  return words.map((text, index) => text + (quoted[index] ?? '')).join('') + ending
}

function trimmed(texts: readonly string[]): string[] {
  const words = texts.map((text, index) => (index === 0 ? text.trimStart() : text))
  return words.map((text, index) => (index === words.length - 1 ? text.trimEnd() : text))
}

/**
 * Right-to-left characters stay where letters of the developer stand on both sides. Without a letter before
 * them, they would turn the whole line; without one after them, the next value would change places with
 * them (UAX 9, rules P2 and N1).
 */
function unitsFor(
  { units, escapedUnits = units }: ShownValue,
  before: readonly string[],
  [next = '', ...more]: readonly string[],
): readonly string[] {
  const following = more.length === 1 ? `${next}${more[0]}` : next
  const isBetweenLetters = /\p{L}/u.test(before.join('')) && /^[^\p{L}\p{N}]*\p{L}/u.test(following)
  return isBetweenLetters ? units : escapedUnits
}

/** The most characters of each value: short values are whole, and the long ones share equally what is left. */
function fairShare(lengths: readonly number[], room: number): number {
  let left = room
  let others = lengths.length
  for (const length of lengths.toSorted((a, b) => a - b)) {
    const share = Math.floor(left / others)
    if (length > share) return share < MIN_CUT_LENGTH ? tooLong() : share
    left -= length
    others -= 1
  }
  return left < 0 ? tooLong() : MAX_VALUE_LENGTH
}

function tooLong(): never {
  throw approvalError('message_too_long')
}

/** Cuts between units, never within one, and shows that it did. */
function shortened(units: readonly string[], most: number): string {
  if (lengthOf(units.join('')) <= most) return units.join('')
  let text = ''
  for (const unit of units) {
    if (lengthOf(text + unit) >= most) break
    text += unit
  }
  return `${text}…`
}
