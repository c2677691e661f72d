import { formEncoding } from '../bodies/form-body.ts'
import { isMediaType, isPartName, type MultipartFile } from '../bodies/multipart-body.ts'
import type { BodyEncoding } from '../bodies/request-body.ts'
import { mayHaveBody } from '../identity/http-methods.ts'
import { checkOptions, invalidOption, type OptionCheck } from '../options/option-checks.ts'
import { isPlainObject, optional, optionalChoice, required } from '../options/option-values.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { isFlat, isText } from './flat-schema.ts'

/** How the body of an operation is written. */
export interface BodyTypeOptions {
  /**
   * For POST, PUT and PATCH: how the fields of the body are written. `form` is application/x-www-form-urlencoded,
   * `multipart` is multipart/form-data: both have texts, numbers, booleans and lists of these, which repeat the name, and
   * leave `null` out. An approval is for the fields. Default: `json`.
   */
  readonly bodyType?: 'json' | 'form' | 'multipart' | undefined
  /** For `multipart`: parameters that are files. You give name and type of each, the model its content. Default: none. */
  readonly files?: Readonly<Record<string, MultipartFile>> | undefined
}

export const optionalBodyType: OptionCheck = optionalChoice('json', 'form', 'multipart')

export const optionalFiles: OptionCheck = optional((value, field) => {
  isPlainObject(value, field)
  for (const [name, file] of Object.entries<unknown>(Object(value))) {
    checkOptions<MultipartFile>(file, `${field}.${name}`, fileChecks, `${field}.${name}.`)
  }
})

const fileChecks = {
  filename: required(isPartName, 'a name without quotes, backslashes and control characters'),
  contentType: required(isMediaType, 'a media type, such as text/csv'),
  encoding: optionalChoice('utf8', 'base64'),
}

/** Names by which servers read a credential, another method or another encoding out of a form (RFC 6750 section 2.2, RFC 7578 section 4.6). */
const RESERVED = ['access_token', '_method', '_charset_']

interface Operation extends BodyTypeOptions {
  readonly name: string
  readonly method: string
  readonly bodyParam?: string | false | undefined
  /** The parameters of the body, with the names under which they are sent. */
  readonly fields: readonly (readonly [name: string, sent: string])[]
  /** The schema of all parameters. */
  readonly schemaOf: () => JsonSchema
}

/** How the body is written, if not as JSON. Throws `ConfigError` where the fields have no form. */
export function encodingOf(operation: Operation): BodyEncoding | undefined {
  const { name: tool, method, bodyType: type = 'json', files = {}, bodyParam, fields } = operation
  const names = Object.keys(files)
  const badOption = (option: string, problem: string, hint?: string) =>
    invalidOption(`\`${option}\` of the operation ${tool}`, problem, hint)
  if (names.length > 0 && type !== 'multipart')
    throw badOption('files', 'need `bodyType: "multipart"`')
  if (type === 'json') return undefined
  if (!mayHaveBody(method)) {
    throw badOption('bodyType', `has no place in a ${method} request`)
  }
  if (bodyParam !== undefined) {
    throw badOption(
      'bodyParam',
      'has no place in a form, whose fields are the parameters of the body',
    )
  }
  const unknown = names.find((name) => !fields.some(([field]) => field === name))
  if (unknown !== undefined)
    throw badOption('files', `names ${unknown}, which is no parameter of the body`)
  const schema = operation.schemaOf()
  for (const field of fields) assertField(field, operation, schema)
  const sent = fields.flatMap(([name, wire]) => {
    const file = Object.hasOwn(files, name) ? files[name] : undefined
    return file ? [[wire, Object.freeze({ ...file })] as const] : []
  })
  return formEncoding({ type, files: Object.fromEntries(sent) })
}

function assertField(
  [name, sent]: readonly [string, string],
  { name: tool, files = {} }: Operation,
  schema: JsonSchema,
): void {
  const what = `The parameter ${name} of the operation ${tool}`
  if (!isPartName(sent) || RESERVED.includes(sent.toLowerCase())) {
    throw invalidOption(
      what,
      'has a name that is never sent in a form',
      `Rename it, or give it another name in \`wireNames\`; reserved are ${RESERVED.join(', ')}.`,
    )
  }
  const isFile = Object.hasOwn(files, name)
  if (isFile ? isText(name, schema) : isFlat(name, schema)) return
  throw invalidOption(
    what,
    isFile
      ? 'is a file, and not a text'
      : 'is an object, or a list of these, which a form cannot have',
    isFile
      ? 'Describe it as a text: the model writes the content, as text or base64.'
      : 'Make a parameter of each of its fields, with `wireNames` such as address[city], or send JSON.',
  )
}
