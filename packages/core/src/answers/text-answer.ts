import { type AnswerContent, unexpectedType } from '../call/response-guard.ts'
import type { HttpResponse } from '../http/send-request.ts'
import { resourceError } from '../policy/resource-error.ts'
import type { Scrubber } from '../scrub/secret-scrubber.ts'

/** Types that are text. A web page is not one: it is what a login page or a proxy answers with, where data was expected. */
const TEXTUAL =
  /^(text\/(?!html$)[\w.+-]+|application\/(((?!xhtml\+)[\w.-]+\+)?(json|xml|yaml)|x-yaml|toml|x-ndjson|jsonl|javascript|sql|graphql|x-www-form-urlencoded))$/

/** Encodings that are read when the API declares them, by the names of the Encoding standard. */
const ENCODINGS: Readonly<Record<string, string>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  'iso-8859-1': 'windows-1252',
  latin1: 'windows-1252',
  'windows-1252': 'windows-1252',
  'utf-16': 'utf-16le',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
}

/** Controls other than tab and line breaks: a terminal acts on some, and between letters they hide a token. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g
/** Letters that nobody sees. They are data, unless a secret stands between them. */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/** The body as text. */
export function readText(response: HttpResponse, scrubber: Scrubber): AnswerContent {
  const { value, redacted } = textOf(response, TEXTUAL, 'text', scrubber)
  return { data: value, text: value, redacted, droppedKeys: 0 }
}

/** The text of a body with a type that fits, in the encoding that it declares or UTF-8, without secrets and controls. */
export function textOf(
  response: HttpResponse,
  types: RegExp,
  what: string,
  scrubber: Scrubber,
): { readonly value: string; readonly redacted: boolean } {
  const declared = response.headers['content-type'] ?? ''
  const type = declared.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (!types.test(type)) throw unexpectedType(response, what, scrubber)
  const charset = /;\s*charset\s*=\s*"?([\w.:-]{1,40})"?/i.exec(declared)?.[1] ?? 'utf-8'
  const text = decoded(response, charset.toLowerCase()).replace(CONTROLS, '')
  const clean = scrubber.text(text)
  const bare = clean.value.replace(UNSEEN, '')
  const hidden = bare === clean.value ? clean : scrubber.text(bare)
  return hidden.redacted ? hidden : clean
}

function decoded({ body, status }: HttpResponse, charset: string): string {
  const encoding = Object.hasOwn(ENCODINGS, charset) ? ENCODINGS[charset] : undefined
  // The mark says which of two orders it is.
  const isBigEndian = charset === 'utf-16' && body[0] === 0xfe && body[1] === 0xff
  if (encoding === undefined) {
    throw unreadable(status, 'text in an encoding that is not read')
  }
  try {
    return new TextDecoder(isBigEndian ? 'utf-16be' : encoding, { fatal: true }).decode(body)
  } catch {
    throw unreadable(status, 'text that is not valid in its encoding')
  }
}

/** The error for a body that has the right type and cannot be used. */
export function unreadable(status: number, what: string): Error {
  return resourceError(
    'invalid_response',
    `The API answered with ${what}.`,
    'Send the same request by hand to see the answer.',
    { status },
  )
}
