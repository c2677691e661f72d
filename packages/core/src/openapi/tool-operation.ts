import { z } from 'zod'
import { ConfigError } from '../errors.ts'
import { mayHaveBody } from '../identity/http-methods.ts'
import { isText } from '../options/option-values.ts'
import { Inexpressible } from '../schema/inexpressible.ts'
import { type DocumentReader, isTrueAt, type Place, textAt } from '../schema/place.ts'
import { readableText, sentences, TOOL_TEXT } from '../schema/readable-text.ts'
import { defineOperation, type OperationOptions } from '../tool/define-operation.ts'
import { answerOf, type ToolBody, toolBody } from './body.ts'
import type { DocumentOperation, OpenApiDocument } from './document.ts'
import type { OpenApiOperation, OpenApiOptions } from './options.ts'
import { type ParameterParts, type ToolParameter, toolParameters } from './parameters.ts'
import { approvalFor, permissionsFor, resultOf } from './policy.ts'
import { scopesOf } from './security.ts'
import { assertServer } from './servers.ts'

/** Characters of the schema that a model is given. */
const MAX_SCHEMA = 256 * 1_024

export interface ToolOperation {
  readonly options: OperationOptions<z.ZodObject<z.ZodRawShape>>
  /** Optional parts that the tool does not have. */
  readonly leftOut: readonly Inexpressible[]
}

/** One operation of the document as options of a tool. Throws `Inexpressible` where it can be none. */
export function toolOperation(
  given: DocumentOperation,
  name: string,
  { reader, isVersion30 }: OpenApiDocument,
  options: OpenApiOptions,
): ToolOperation {
  const { item, operation, method, path, operationId, tags } = given
  if (method === 'TRACE') {
    throw new Inexpressible('method_unsupported', operation.pointer, 'TRACE is never sent.')
  }
  reader.begin()
  assertServer(item, operation, reader)
  const leftOut: Inexpressible[] = []
  const headers = (options.headers ?? []).map((header) => header.toLowerCase())
  const parts: ParameterParts = { reader, isVersion30, leftOut, headers }
  const answer = answerOf(operation, parts)
  const parameters = toolParameters(item, operation, parts)
  const body = toolBody(operation, method, parts)
  const placed = inputNames([...parameters, ...body.parameters], operation, leftOut)
  const scopes = scopesOf(operation, reader)
  const facts: OpenApiOperation = Object.freeze({ name, operationId, method, path, tags, scopes })
  const { resource, maxResultCharacters, errorDetail } = options
  const made: OperationOptions<z.ZodObject<z.ZodRawShape>> = {
    name,
    description: descriptionOf(facts, operation, reader, options),
    method,
    path: templateOf(path, placed, given),
    params: z.object(Object.fromEntries(placed.map(([input, { type }]) => [input, type]))),
    ...placesOf(placed, body, method),
    permission: permissionsFor(facts, operation, options),
    ...approvalFor(facts, requiredNames(placed), options),
    ...(answer !== 'json' && { answer }),
    ...{ resource, maxResultCharacters, errorDetail },
  }
  assertDefinable(made, operation)
  return { options: Object.freeze(made), leftOut: distinct(leftOut) }
}

/** A schema that is used twice is told once. */
function distinct(errors: readonly Inexpressible[]): readonly Inexpressible[] {
  return [...new Map(errors.map((error) => [`${error.pointer} ${error.reason}`, error])).values()]
}

type Placed = readonly (readonly [input: string, parameter: ToolParameter])[]

/** Names that every provider takes. A name that is taken gets the place of the parameter behind it. */
function inputNames(
  parameters: readonly ToolParameter[],
  { pointer }: Place,
  leftOut: Inexpressible[],
): Placed {
  const taken = new Set<string>()
  return parameters.flatMap((parameter) => {
    const plain = inputName(parameter.sent)
    const name = [plain, `${plain}_${parameter.in}`].find((one) => !taken.has(one))
    if (name === undefined || name.length > 64) {
      const message = 'Two parameters get the same name, or a name is too long.'
      const error = new Inexpressible('name_unusable', pointer, message)
      if (!parameter.type.safeParse(undefined).success) throw error
      leftOut.push(error)
      return []
    }
    taken.add(name)
    return [[name, parameter] as const]
  })
}

function inputName(sent: string): string {
  const word = sent.replace(/\W+/g, '_').replace(/^_+(?=\w)|_+$/g, '') || '_'
  const name = /^\d/.test(word) ? `_${word}` : word
  return name in Object.prototype ? `${name}_` : name
}

/** The path below the resource, with the names of the tool's parameters in it. */
function templateOf(path: string, placed: Placed, { item, operation }: DocumentOperation): string {
  const unusable = (message: string): Inexpressible =>
    new Inexpressible('path_unusable', item.pointer, message)
  if (!/^\/(?!\/)/.test(path)) throw unusable('A path does not begin with one slash.')
  if (path.length > 1_000) throw unusable('A path has more than 1000 characters.')
  if (/[?#]/.test(path)) throw unusable('A path has a query or a fragment.')
  const inPath = new Map(
    placed.flatMap(([input, { in: where, sent }]) => (where === 'path' ? [[sent, input]] : [])),
  )
  const used = new Set<string>()
  const template = path.slice(1).replace(/\{([^{}]*)\}/g, (_all, sent: string) => {
    const input = inPath.get(sent)
    if (input === undefined) throw unusable('A path has a parameter that is not described.')
    used.add(sent)
    return `{${input}}`
  })
  if (used.size === inPath.size) return template
  throw new Inexpressible(
    'path_unusable',
    operation.pointer,
    'A path parameter is not in the path.',
  )
}

function placesOf(
  placed: Placed,
  body: ToolBody,
  method: string,
): Pick<
  OperationOptions<z.ZodObject<z.ZodRawShape>>,
  'queryParams' | 'headerParams' | 'bodyParam' | 'bodyType' | 'wireNames'
> {
  const at = (place: ToolParameter['in']): string[] =>
    placed.flatMap(([input, { in: where }]) => (where === place ? [input] : []))
  const renamed = placed.filter(
    ([input, { in: where, sent }]) => where !== 'path' && input !== sent,
  )
  const wireNames = Object.fromEntries(renamed.map(([input, { sent }]) => [input, sent]))
  const isWithBody = mayHaveBody(method)
  const [whole] = body.isWhole ? at('body') : []
  return {
    ...(isWithBody && at('query').length > 0 && { queryParams: at('query') }),
    ...(at('header').length > 0 && { headerParams: at('header') }),
    ...(isWithBody && !body.hasBody && { bodyParam: false }),
    ...(whole !== undefined && { bodyParam: whole }),
    ...(body.bodyType !== undefined && { bodyType: body.bodyType }),
    ...(renamed.length > 0 && { wireNames }),
  }
}

/** Those of the path first: they say what the call is about. Headers say little to an approver. */
function requiredNames(placed: Placed): string[] {
  return (['path', 'body', 'query'] as const).flatMap((place) => {
    const here = placed.filter(([, { in: where }]) => where === place)
    return here.flatMap(([input, { type }]) => (type.safeParse(undefined).success ? [] : [input]))
  })
}

function descriptionOf(
  facts: OpenApiOperation,
  operation: Place,
  reader: DocumentReader,
  { describe }: OpenApiOptions,
): string {
  const own = describe?.(facts)
  if (own !== undefined) {
    isText(own, resultOf('describe', facts))
    return own
  }
  const texts = ['summary', 'description'].map((field) => {
    return reader.texts.of(textAt(operation, field), TOOL_TEXT)
  })
  const deprecated = isTrueAt(operation, 'deprecated') ? ['Deprecated.'] : []
  const text = sentences([...deprecated, ...texts], TOOL_TEXT)
  return text || readableText(`${facts.method} ${facts.path}`, TOOL_TEXT)
}

/** Everything that core checks of an operation by itself: nothing of a document may get around it. */
function assertDefinable(
  options: OperationOptions<z.ZodObject<z.ZodRawShape>>,
  { pointer }: Place,
): void {
  try {
    const { inputJsonSchema } = defineOperation(undefined, options)
    if (JSON.stringify(inputJsonSchema).length <= MAX_SCHEMA) return
    throw new Inexpressible('too_large', pointer, 'The parameters take too much of a context.')
  } catch (error) {
    if (!ConfigError.isInstance(error)) throw error
    throw new Inexpressible('operation_unusable', pointer, readableText(error.message, 300))
  }
}
