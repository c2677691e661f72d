import type { z } from 'zod'
import { mayBeChosen } from '../operation/operation-request.ts'
import { RESERVED_QUERY } from '../policy/endpoint.ts'
import { namesCredential } from '../policy/request-headers.ts'
import { type Converted, convert, mayLeaveOut, type SchemaParts } from '../schema/convert.ts'
import { Inexpressible } from '../schema/inexpressible.ts'
import { isObject, isRequiredAt, type Place, textAt } from '../schema/place.ts'
import { isPlainValue, PARAMETER_TEXT, readableText } from '../schema/readable-text.ts'

/** A parameter as the document has it. */
interface Parameter {
  readonly name: string
  readonly in: string
  readonly place: Place
  readonly isRequired: boolean
}

/** A parameter of a tool. */
export interface ToolParameter {
  /** The name in the document, which is sent. */
  readonly sent: string
  readonly in: 'path' | 'query' | 'header' | 'body'
  readonly type: z.ZodType
}

export interface ParameterParts extends SchemaParts {
  /** In lower case: headers whose values a model may choose. */
  readonly headers: readonly string[]
}

/** The parameters of an operation, those of its path item included. Throws for a required one without a form. */
export function toolParameters(
  item: Place,
  operation: Place,
  parts: ParameterParts,
): ToolParameter[] {
  const found = new Map<string, Parameter>()
  for (const owner of [item, operation]) {
    const { reader } = parts
    for (const given of reader.items(reader.at(owner, 'parameters'))) {
      const parameter = parameterAt(reader.follow(given))
      // What an operation says replaces what its path item says.
      found.set(keyOf(parameter), parameter)
    }
  }
  return [...found.values()].flatMap((parameter) => toolParameter(parameter, parts) ?? [])
}

/** Place and name, which tell parameters apart. Names can be megabytes: such a one is refused later. */
function keyOf({ in: where, name, place }: Parameter): string {
  return Math.max(where.length, name.length) > 200 ? place.pointer : `${where} ${name}`
}

function parameterAt(place: Place): Parameter {
  const name = textAt(place, 'name')
  const where = textAt(place, 'in')
  if (name === undefined || where === undefined || name === '') {
    throw new Inexpressible('malformed', place.pointer, 'A parameter lacks `name` or `in`.')
  }
  const isRequired = isRequiredAt(place) || where === 'path'
  return { name, in: where, place, isRequired }
}

function toolParameter(parameter: Parameter, parts: ParameterParts): ToolParameter | undefined {
  const before = parts.leftOut.length
  try {
    return expressed(parameter, parts)
  } catch (error) {
    if (!mayLeaveOut(error) || (parameter.isRequired && !isIgnored(parameter))) throw error
    parts.leftOut.splice(before, Number.POSITIVE_INFINITY, error)
    return undefined
  }
}

/** Declared as a parameter, these say nothing (OpenAPI 3.1, Parameter Object): the client sends its own. */
function isIgnored({ in: where, name }: Parameter): boolean {
  return where === 'header' && /^(accept|content-type|authorization)$/i.test(name)
}

function expressed(parameter: Parameter, parts: ParameterParts): ToolParameter {
  const { place, name, isRequired } = parameter
  assertPlace(parameter, parts)
  const schema = parts.reader.member(place, 'schema')
  if (!schema) {
    throw new Inexpressible('parameter_style', place.pointer, 'A parameter is not a plain value.')
  }
  const converted = convert(schema, parts)
  assertStyle(parameter, converted)
  const text = parts.reader.texts.of(textAt(place, 'description'), PARAMETER_TEXT)
  // The words about the parameter come before those about its type, and both are told.
  const inner = converted.type.description
  const both = [text, inner].filter((one, index, all) => one && all.indexOf(one) === index)
  const description = readableText(both.join(' '), PARAMETER_TEXT)
  const type = description === '' ? converted.type : converted.type.meta({ description })
  return {
    sent: name,
    in: parameter.in as ToolParameter['in'],
    type: isRequired ? type : type.optional(),
  }
}

function assertPlace(parameter: Parameter, { headers }: ParameterParts): void {
  const { name, place } = parameter
  const { pointer } = place
  if (!isPlainValue(name, 128)) {
    throw new Inexpressible(
      'name_unusable',
      pointer,
      'A parameter has a name that cannot be shown.',
    )
  }
  switch (parameter.in) {
    case 'path':
      return
    case 'query':
      if (mayBeAsked(name)) return
      throw new Inexpressible('query_reserved', pointer, `The query parameter ${name} is reserved.`)
    case 'header':
      if (!mayBeChosen(name)) {
        throw new Inexpressible('header_reserved', pointer, `The header ${name} is reserved.`)
      }
      if (headers.includes(name.toLowerCase())) return
      throw new Inexpressible('header_not_listed', pointer, `The header ${name} is not listed.`)
    case 'cookie':
      throw new Inexpressible('cookie_parameter', pointer, `The cookie ${name} is not sent.`)
    default:
      throw new Inexpressible('malformed', `${pointer}/in`, 'The place of a parameter is unknown.')
  }
}

/** Where a list goes on is called a token, too, and opens nothing. */
const PAGE_TOKEN = /^(next|page|next_?page|continuation|sync|skip|start|resume|cursor)[-_.]?token$/i

/**
 * Whether a name of the document may be a parameter of the query. A developer who declares one by hand has decided it;
 * a document has not. PHP reads blanks and points as `_`, and brackets as a list.
 */
function mayBeAsked(name: string): boolean {
  const read = name
    .toLowerCase()
    .trim()
    .replace(/[\s.[\]+]+/g, '_')
  const isReserved = [read, read.replace(/_+$/, '')].some((one) => RESERVED_QUERY.includes(one))
  const isCredential =
    namesCredential(read.replaceAll('_', '-')) || namesCredential(read) || read === 'sig'
  return !isReserved && (!isCredential || PAGE_TOKEN.test(name))
}

/** Values in a URL or a header: one text, or in a query a list that repeats the name. */
function assertStyle(parameter: Parameter, { kind, isNullable }: Converted): void {
  const { place, in: where } = parameter
  const { pointer, value } = place
  const usual = where === 'query' ? 'form' : 'simple'
  const style = textAt(place, 'style') ?? usual
  const isExploded = !isObject(value) || value['explode'] !== false
  const isFit = kind === 'scalar' || (kind === 'scalars' && where === 'query' && isExploded)
  if (!isFit || style !== usual) {
    throw new Inexpressible(
      'parameter_style',
      pointer,
      'A list or an object is written in a way that is not supported.',
    )
  }
  if (where === 'path' && isNullable) {
    throw new Inexpressible('path_unusable', pointer, 'A path parameter may be null.')
  }
}
