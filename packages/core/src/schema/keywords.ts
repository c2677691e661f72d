import { Inexpressible } from './inexpressible.ts'
import { type DocumentReader, isObject, type Place } from './place.ts'
import { assertStrict } from './strict.ts'

/**
 * Who checks what the type does not say. A document of somebody else: the API, so that an optional part without a form
 * is left out. A validator: itself, so that keywords which only narrow may be there. `strict`: nobody, so that every
 * keyword must be one that is checked.
 */
export type SchemaSource = 'document' | 'validator' | 'strict'

/** Keywords that would have to be checked, and have no form in zod. These only narrow. */
const NARROWING = [
  ...['not', 'if', 'then', 'else', 'dependentRequired', 'dependentSchemas', 'dependencies'],
  ...['propertyNames', 'contains'],
]
/** These say what else there may be. */
const UNSUPPORTED = [
  ...['patternProperties', 'prefixItems', 'unevaluatedProperties', 'unevaluatedItems'],
  ...['$dynamicRef', '$recursiveRef', '$anchor', '$dynamicAnchor', '$id'],
]

/** Refuses a schema that says nothing, or has a keyword that no type says. */
export function assertSupported({ value, pointer }: Place, source: SchemaSource | undefined): void {
  if (!isObject(value)) {
    throw new Inexpressible('untyped', pointer, 'A schema says nothing about its values.')
  }
  if (Object.hasOwn(value, 'required') && !Array.isArray(value['required'])) {
    throw new Inexpressible('malformed', `${pointer}/required`, 'It is a list of names.')
  }
  const refused = source === 'validator' ? UNSUPPORTED : [...NARROWING, ...UNSUPPORTED]
  const keyword = refused.find((name) => Object.hasOwn(value, name))
  if (keyword === undefined) return
  const at = `${pointer}/${keyword}`
  throw new Inexpressible('unsupported_schema', at, `The keyword ${keyword} is not supported.`)
}

/** A schema, and the one behind its reference. */
export function assertAllStrict(given: Place, reader: DocumentReader): void {
  assertStrict(given, reader)
  const target = reader.follow(given)
  if (target === given) return
  if (target.refs.length > given.refs.length + 1) {
    throw new Inexpressible('unsupported_schema', given.pointer, 'A $ref leads to another $ref.')
  }
  assertStrict(target, reader)
}
