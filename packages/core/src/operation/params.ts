import type { z } from 'zod'
import type { ConfigError } from '../errors.ts'
import { invalidOption, type OptionCheck } from '../options/option-checks.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { isStandard, isStandardParams, type StandardParams } from './standard-schema.ts'

/**
 * What describes the parameters of an operation: `z.object()`, a Standard Schema that gives JSON Schema (arktype, valibot
 * through `toStandardJsonSchema`), or JSON Schema of an object.
 */
export type OperationParams = z.ZodObject<z.ZodRawShape> | StandardParams | JsonSchemaOfObject

/** JSON Schema (draft 2020-12) with `type: 'object'`. */
export type JsonSchemaOfObject = JsonSchema & { readonly type: string }

/** What a model fills in. */
export type OperationInput<Params extends OperationParams> =
  Params extends z.ZodObject<z.ZodRawShape>
    ? z.infer<Params>
    : Params extends StandardParams
      ? NonNullable<Params['~standard']['types']>['input']
      : Record<string, unknown>

/** Refuses what describes no parameters. What a schema says is checked where the operation is defined. */
export const isParams: OptionCheck = (value, field) => {
  if (isZodObject(value)) return assertOwnTypes(value, field)
  if (isStandardParams(value)) return
  if (isZod4(value) || isStandard(value)) throw notDescribed(value, field)
  if (isJsonSchema(value)) return
  throw notDescribed(value, field)
}

/** An object of zod 4 with methods: those of zod/mini have none. */
export function isZodObject(value: unknown): value is z.ZodObject<z.ZodRawShape> {
  const schema: { shape?: unknown; strict?: unknown } = Object(value)
  return isZod4(value) && isHolder(schema.shape) && typeof schema.strict === 'function'
}

function assertOwnTypes({ shape }: z.ZodObject<z.ZodRawShape>, field: string): void {
  const foreign = Object.entries<unknown>(shape).find(([, type]) => !isZod4(type))
  if (!foreign) return
  throw invalidOption(`${field}.${foreign[0]}`, 'must be a type of zod 4', REMEDY)
}

function isZod4(value: unknown): boolean {
  const { _zod }: { _zod?: unknown } = Object(value)
  return isHolder(_zod)
}

/** A plain object that says that it describes an object. */
function isJsonSchema(value: unknown): value is JsonSchemaOfObject {
  return isHolder(value) && !Array.isArray(value) && Reflect.get(value, 'type') === 'object'
}

function isHolder(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

const REMEDY =
  'Pass z.object({ … }) from the package zod, version 4.2 or later, a Standard Schema that gives JSON Schema, or JSON Schema with type: "object". Not supported: zod/mini, zod 3, and valibot without toStandardJsonSchema of @valibot/to-json-schema.'

function notDescribed(value: unknown, field: string): ConfigError {
  const { vendor }: { vendor?: unknown } = isStandard(value) ? value['~standard'] : {}
  const problem =
    vendor === undefined || vendor === 'zod'
      ? 'must be a z.object() of zod 4, a Standard Schema that gives JSON Schema, or JSON Schema of an object'
      : 'must be a Standard Schema that gives JSON Schema, and this one does not'
  return invalidOption(field, problem, REMEDY)
}
