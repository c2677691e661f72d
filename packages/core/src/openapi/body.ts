import { z } from 'zod'
import type { AnswerOptions } from '../answers/answer-options.ts'
import { mayHaveBody } from '../identity/http-methods.ts'
import { isFlat } from '../operation/flat-schema.ts'
import { convert, mayLeaveOut, type SchemaParts } from '../schema/convert.ts'
import { Inexpressible } from '../schema/inexpressible.ts'
import { jsonSchemaOf } from '../schema/json-schema.ts'
import { schemaInOne } from '../schema/merged.ts'
import { type DocumentReader, isRequiredAt, type Place, textAt } from '../schema/place.ts'
import type { ToolParameter } from './parameters.ts'

/** The body of an operation: fields of its own, one whole value, or none. */
export interface ToolBody {
  readonly parameters: readonly ToolParameter[]
  /** Whether the only parameter is the whole body. */
  readonly isWhole: boolean
  readonly hasBody: boolean
  /** Default: JSON. */
  readonly bodyType?: 'form' | 'multipart' | undefined
}

/** Characters of a media type that are read. */
const MAX_TYPE = 200

const NONE: ToolBody = { parameters: [], isWhole: false, hasBody: false }

/**
 * Throws for a body without a form. Documents often do not mark a body as required that is, so one of POST, PUT or
 * PATCH is never left out.
 */
export function toolBody(operation: Place, method: string, parts: SchemaParts): ToolBody {
  const body = parts.reader.at(operation, 'requestBody')
  if (!body) return NONE
  const before = parts.leftOut.length
  try {
    return expressed(body, method, parts)
  } catch (error) {
    if (!mayLeaveOut(error) || isRequiredAt(body) || mayHaveBody(method)) throw error
    parts.leftOut.splice(before, Number.POSITIVE_INFINITY, error)
    return NONE
  }
}

function expressed(body: Place, method: string, parts: SchemaParts): ToolBody {
  const { reader } = parts
  if (!mayHaveBody(method)) {
    throw new Inexpressible('body_not_allowed', body.pointer, `A body is declared for ${method}.`)
  }
  const contents = reader.members(reader.at(body, 'content'))
  const json = contents.find(([type]) =>
    /^application\/json\s*(;|$)/i.test(type.slice(0, MAX_TYPE)),
  )
  if (!json) return formBody(body, contents, parts)
  const schema = reader.member(json[1], 'schema')
  if (!schema) throw new Inexpressible('untyped', json[1].pointer, 'The body has no schema.')
  const { type, isNullable } = convert(schema, parts)
  const shape: Readonly<Record<string, z.ZodType>> =
    type instanceof z.ZodObject && !isNullable ? type.shape : {}
  const fields = Object.entries(shape)
  if (fields.length > 0) {
    // A body that may be left out is always sent when it has required fields: a narrower use, and a valid one.
    const parameters = fields.map(([sent, one]) => ({ sent, in: 'body', type: one }) as const)
    return { parameters, isWhole: false, hasBody: true }
  }
  const whole = isRequiredAt(body) ? type : type.optional()
  return { parameters: [{ sent: 'body', in: 'body', type: whole }], isWhole: true, hasBody: true }
}

const FORMS = [
  ['form', /^application\/x-www-form-urlencoded\s*(;|$)/i],
  ['multipart', /^multipart\/form-data\s*(;|$)/i],
] as const

/** A body whose fields are written as a form. A field without a form is left out if it may be. */
function formBody(
  body: Place,
  contents: readonly (readonly [string, Place])[],
  parts: SchemaParts,
): ToolBody {
  const { reader, leftOut } = parts
  const found = FORMS.flatMap(([bodyType, pattern]) => {
    const content = contents.find(([type]) => pattern.test(type.slice(0, MAX_TYPE)))
    return content ? [{ bodyType, media: content[1] }] : []
  })
  const [first] = found
  const schema = first && reader.member(first.media, 'schema')
  if (!first || !schema) {
    throw new Inexpressible('body_not_json', body.pointer, 'The body is neither JSON nor a form.')
  }
  const { type, isNullable } = convert(schema, parts)
  if (!(type instanceof z.ZodObject) || isNullable || Object.keys(type.shape).length === 0) {
    throw new Inexpressible('body_not_json', schema.pointer, 'A form has no fields of its own.')
  }
  const flat = jsonSchemaOf(type, 'form')
  const fields = Object.entries<z.ZodType>(type.shape).filter(([name, one]) => {
    const problem = fieldProblem(name, first.media, { schema, reader, isFlat: isFlat(name, flat) })
    if (!problem) return true
    if (!one.safeParse(undefined).success) throw problem
    leftOut.push(problem)
    return false
  })
  const parameters = fields.map(([sent, one]) => ({ sent, in: 'body', type: one }) as const)
  return { parameters, isWhole: false, hasBody: true, bodyType: first.bodyType }
}

/** Why a field cannot be written: nested, in a style of its own, or a file, whose name and type no document gives. */
function fieldProblem(
  name: string,
  media: Place,
  {
    schema,
    reader,
    isFlat: canBeWritten,
  }: { schema: Place; reader: DocumentReader; isFlat: boolean },
): Inexpressible | undefined {
  const pointer = `${schema.pointer}/properties/${name}`
  const properties = reader.at(schemaInOne(schema, reader).place, 'properties')
  const property = properties && reader.member(properties, name)
  if (property && holdsFile(property, reader))
    return new Inexpressible('unsupported_schema', pointer, 'A field of a form is a file.')
  const encodings = reader.member(media, 'encoding')
  const encoding = encodings && reader.at(encodings, name)
  const style = encoding && textAt(encoding, 'style')
  const isUsual =
    (style === undefined || style === 'form') &&
    !(encoding && reader.member(encoding, 'explode')?.value === false) &&
    !(encoding && (reader.member(encoding, 'contentType') || reader.member(encoding, 'headers')))
  if (canBeWritten && isUsual) return undefined
  return new Inexpressible(
    'parameter_style',
    pointer,
    'A field of a form is nested, or written in a way that is not supported.',
  )
}

/** Whether a field is a file, a list of files, or may be one: by what stands at any depth of its schema. */
function holdsFile(given: Place, reader: DocumentReader): boolean {
  const place = reader.follow(given)
  if (reader.member(place, 'contentMediaType') || reader.member(place, 'contentEncoding')) {
    return true
  }
  const items = reader.member(place, 'items')
  const parts = ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => {
    return reader.items(reader.member(place, keyword))
  })
  return [...(items ? [items] : []), ...parts].some((one) => holdsFile(one, reader))
}

const JSON_TYPE = /^(application\/([\w.-]+\+)?json|application\/\*|\*\/\*)\s*(;|$)/i

type Answer = NonNullable<AnswerOptions['answer']>

/** What a tool can read, in the order in which it is asked for. Files are left to whoever declares the operation by hand. */
const READABLE: readonly (readonly [Answer, RegExp])[] = [
  ['json', JSON_TYPE],
  ['csv', /^text\/csv\s*(;|$)/i],
  ['text', /^text\/(plain|markdown)\s*(;|$)/i],
]

/** What the successful answers of an operation are. Refuses one whose answers a tool cannot read. */
export function answerOf(operation: Place, { reader }: SchemaParts): Answer {
  const responses = reader.at(operation, 'responses')
  if (!responses) return 'json'
  const types = reader.members(responses).flatMap(([status, response]) => {
    if (!/^2/.test(status)) return []
    const content = reader.at(reader.follow(response), 'content')
    const names = reader.members(content).map(([name]) => name)
    return names.length === 0 ? ['application/json'] : names
  })
  if (types.length === 0) return 'json'
  const found = READABLE.find(([, pattern]) =>
    types.some((type) => pattern.test(type.slice(0, MAX_TYPE))),
  )
  if (found) return found[0]
  const message = 'No successful answer is JSON, CSV or plain text.'
  throw new Inexpressible('response_not_json', responses.pointer, message)
}
