import { z } from 'zod'
import type { AnswerOptions } from '../answers/answer-options.ts'
import { Inexpressible } from './inexpressible.ts'
import type { ToolParameter } from './parameters.ts'
import { isTrueAt, type Place } from './place.ts'
import { convert, mayLeaveOut, type SchemaParts } from './schema/convert.ts'

/** The body of an operation: fields of its own, one whole value, or none. */
export interface ToolBody {
  readonly parameters: readonly ToolParameter[]
  /** Whether the only parameter is the whole body. */
  readonly isWhole: boolean
  readonly hasBody: boolean
}

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
    if (!mayLeaveOut(error) || isTrueAt(body, 'required') || mayHaveBody(method)) throw error
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
  const json = contents.find(([type]) => /^application\/json\s*(;|$)/i.test(type))
  if (!json) throw new Inexpressible('body_not_json', body.pointer, 'The body is not JSON.')
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
  const whole = isTrueAt(body, 'required') ? type : type.optional()
  return { parameters: [{ sent: 'body', in: 'body', type: whole }], isWhole: true, hasBody: true }
}

function mayHaveBody(method: string): boolean {
  return ['POST', 'PUT', 'PATCH'].includes(method)
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
  const found = READABLE.find(([, pattern]) => types.some((type) => pattern.test(type)))
  if (found) return found[0]
  const message = 'No successful answer is JSON, CSV or plain text.'
  throw new Inexpressible('response_not_json', responses.pointer, message)
}
