import { invalidOption, type OptionCheck } from '../options/option-checks.ts'
import { isText } from '../options/option-values.ts'

/** Longest message on a device. The server's column takes 255 characters and fails beyond (contract 3.2). */
const MAX_LENGTH = 140
/** A space, and six characters in brackets. */
const CODE_LENGTH = 9
/** Quotation marks around each value. */
export const QUOTES_LENGTH = 2

/** What the developer's text and the values share, in characters. */
export const MESSAGE_ROOM: number = MAX_LENGTH - CODE_LENGTH

/** A developer's message: the texts before, between and after its placeholders. There is one text more than names. */
export interface MessageTemplate {
  readonly texts: readonly string[]
  readonly names: readonly string[]
}

/** Splits a message at each `{name}` for which there is a value. Any other stays a text. */
export function parseMessage(message: string, isNamed: (name: string) => boolean): MessageTemplate {
  const [first = '', ...rest] = message.split(/\{(\w+)\}/)
  const texts = [first]
  const names: string[] = []
  for (let index = 0; index < rest.length; index += 2) {
    const [name = '', text = ''] = rest.slice(index, index + 2)
    if (isNamed(name)) {
      names.push(name)
      texts.push(text)
    } else {
      texts[texts.length - 1] += `{${name}}${text}`
    }
  }
  return { texts: texts.map(singleLine), names }
}

/** Characters as a person counts them; the server's column counts the same way. */
export function lengthOf(text: string): number {
  return [...text].length
}

/** Checks that a message is a text which leaves room for its values: no part of it is ever cut. */
export const isApprovalMessage: OptionCheck = (value, field) => {
  isText(value, field)
  const { texts, names } = parseMessage(String(value), () => true)
  const most = MESSAGE_ROOM - QUOTES_LENGTH * names.length
  if (lengthOf(texts.join('').trim()) <= most) return
  throw invalidOption(
    field,
    `is too long for an approver's device: at most ${most} characters beside its values`,
    `Shorten ${field}, or name fewer values in it.`,
  )
}

/** Without control, format (bidirectional, zero-width), surrogate and private characters, and line breaks of any kind. */
function singleLine(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
}
