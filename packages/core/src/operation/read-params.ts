import type { z } from 'zod'
import { invalidOption } from '../options/option-checks.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { objectSchema } from '../schema/object-schema.ts'
import { isZodObject, type OperationParams } from './params.ts'
import { isStandardParams, type StandardIssue, type StandardParams } from './standard-schema.ts'

/** The parameters of an operation in the form in which tools take them. */
export interface ReadParams {
  /** What frameworks and providers are shown, and what is checked first: no further fields. */
  readonly schema: z.ZodObject<z.ZodRawShape>
  /** Checks the values, and may change them. Absent: `schema` does. */
  readonly validate?: ((values: unknown) => Promise<ValidatedValues>) | undefined
}

export type ValidatedValues =
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly issues: readonly StandardIssue[] }

/** Throws `ConfigError` for a schema whose parameters cannot be told. */
export function readParams(tool: string, params: OperationParams): ReadParams {
  if (isZodObject(params)) return { schema: params.strict() }
  const field = `\`params\` of the operation ${tool}`
  if (!isStandardParams(params)) return { schema: objectSchema(plain(params, field), field) }
  const schema = objectSchema(describedBy(params, field), field, 'validator')
  return { schema, validate: (values) => validated(params, values, schema, field) }
}

/** A copy: the developer's object may change later, or have getters. */
function plain(schema: JsonSchema, field: string): JsonSchema {
  try {
    return Object(JSON.parse(JSON.stringify(schema)))
  } catch {
    throw invalidOption(field, 'is no JSON', 'Pass JSON Schema as plain data.')
  }
}

function describedBy(params: StandardParams, field: string): JsonSchema {
  try {
    return plain(params['~standard'].jsonSchema.input({ target: 'draft-2020-12' }), field)
  } catch {
    throw invalidOption(
      field,
      'has a type that JSON Schema cannot express',
      'Use types that JSON can carry: a text in place of a date or a big integer.',
    )
  }
}

/** A validator sees only what the schema allows, and adds no parameter of its own. */
async function validated(
  params: StandardParams,
  values: unknown,
  { shape }: z.ZodObject<z.ZodRawShape>,
  field: string,
): Promise<ValidatedValues> {
  const result = await params['~standard'].validate(values)
  if (result.issues) return { issues: result.issues }
  const { value } = result
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (isRecord && Object.keys(value).every((name) => Object.hasOwn(shape, name))) {
    return { values: { ...value } }
  }
  throw invalidOption(
    field,
    'make something else of the values than their parameters',
    'Change values in the schema, not names: a parameter has the same name before and after.',
  )
}
