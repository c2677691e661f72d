/**
 * The part of a Standard Schema that describes itself as JSON Schema and checks values, of any library.
 * @see Standard Schema 1.1, Standard JSON Schema
 */
export interface StandardParams<Input = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>
    readonly jsonSchema: {
      readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
    }
    readonly types?: { readonly input: Input; readonly output: unknown } | undefined
  }
}

type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Whether a value claims to be a Standard Schema: an object, or a function as in arktype. */
export function isStandard(value: unknown): value is { readonly '~standard': object } {
  const isHolder = (typeof value === 'object' && value !== null) || typeof value === 'function'
  if (!isHolder) return false
  const standard: unknown = Reflect.get(value, '~standard')
  return typeof standard === 'object' && standard !== null
}

/** Whether a Standard Schema describes itself as JSON Schema. */
export function isStandardParams(value: unknown): value is StandardParams {
  if (!isStandard(value)) return false
  const { validate, jsonSchema }: { validate?: unknown; jsonSchema?: unknown } = value['~standard']
  const { input }: { input?: unknown } = Object(jsonSchema)
  return typeof validate === 'function' && typeof input === 'function'
}
