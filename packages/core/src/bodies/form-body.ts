import { resourceError } from '../policy/resource-error.ts'
import { shownName, urlText } from '../policy/url-values.ts'
import { isPartName, type MultipartFile, multipartBody, type Part } from './multipart-body.ts'
import type { BodyEncoding, EncodedBody } from './request-body.ts'

/** How the fields of a form are written. */
export interface FormOptions {
  readonly type: 'form' | 'multipart'
  /** Fields that are files, by their names in the body. */
  readonly files: Readonly<Record<string, MultipartFile>>
}

/** Fields of scalars and lists of scalars as one body. A list repeats the name; `undefined` and `null` are left out. */
export function formEncoding(options: FormOptions): BodyEncoding {
  return (body) => encodedBody(body, options)
}

function encodedBody(body: unknown, { type, files }: FormOptions): EncodedBody {
  const parts = partsOf(body, files)
  if (type === 'multipart')
    return { ...multipartBody(parts), approved: { bodyType: type, body: parts } }
  const search = new URLSearchParams()
  for (const { name, value } of parts) search.append(name, value)
  const text = search.toString()
  const contentType = 'application/x-www-form-urlencoded'
  return { bytes: text, contentType, approved: { bodyType: type, body: text } }
}

function partsOf(body: unknown, files: FormOptions['files']): Part[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw unusable('The body of a form', 'is not an object of fields')
  }
  return Object.entries(body).flatMap(([name, value]) => {
    if (!isPartName(name)) throw unusable('A field', 'has a name that cannot be sent in a form')
    const file = Object.hasOwn(files, name) ? files[name] : undefined
    if (file) return value === undefined || value === null ? [] : [filePart(name, value, file)]
    const items: unknown[] = Array.isArray(value) ? value : [value]
    return items
      .filter((item) => item !== undefined && item !== null)
      .map((item) => ({ name, value: fieldText(name, item) }))
  })
}

function filePart(name: string, value: unknown, file: MultipartFile): Part {
  const { filename, contentType, encoding = 'utf8' } = file
  if (typeof value !== 'string' || !value.isWellFormed())
    throw unusable(fieldOf(name), 'is not valid text')
  if (encoding === 'base64' && !isBase64(value)) throw unusable(fieldOf(name), 'is not base64')
  return { name, value, filename, contentType, encoding }
}

/** RFC 4648 section 4, with its padding and without line breaks. Not by one pattern, which runs out of stack on a long text. */
function isBase64(text: string): boolean {
  const digits = text.replace(/={1,2}$/, '')
  return text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(digits)
}

function fieldText(name: string, value: unknown): string {
  const written = urlText(value)
  if ('text' in written) return written.text
  throw unusable(fieldOf(name), written.problem)
}

function fieldOf(name: string): string {
  const shown = shownName(name)
  return shown === undefined ? 'A field' : `The field ${shown}`
}

function unusable(subject: string, problem: string): Error {
  return resourceError(
    'body_unsupported',
    `${subject} ${problem}, so nothing was sent.`,
    'A form has texts, numbers, booleans, and lists of these; a file is text, or base64 where the operation says so.',
  )
}
