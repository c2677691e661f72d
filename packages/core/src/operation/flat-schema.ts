import type { JsonSchema } from '../schema/json-schema.ts'

/** Whether a parameter is a scalar or a list of scalars, as far as its schema tells. */
export function isFlat(name: string, schema: JsonSchema): boolean {
  return every(propertyOf(name, schema), schema, (type, node) => {
    if (type !== 'array') return isScalar(type, node)
    return [node['items'], node['prefixItems']]
      .flat()
      .every((item) => every(item, schema, isScalar))
  })
}

/** Whether a parameter is a text, or none, as far as its schema tells. */
export function isText(name: string, schema: JsonSchema): boolean {
  return every(propertyOf(name, schema), schema, (type) => {
    return type === undefined || type === 'string' || type === 'null'
  })
}

/** Whether a parameter, or with `ofItems` an item of it, may have this type, as far as its schema tells. */
export function mayBe(name: string, type: string, schema: JsonSchema, ofItems = false): boolean {
  const isOther: Test = (one) => one !== type
  return !every(propertyOf(name, schema), schema, (own, node) => {
    if (!ofItems || own !== 'array') return ofItems || isOther(own, node)
    return every(node['items'], schema, isOther)
  })
}

type Test = (type: unknown, node: JsonSchema) => boolean

function isScalar(type: unknown, node: JsonSchema): boolean {
  if (type === 'object' || type === 'array') return false
  return !['properties', 'additionalProperties', 'prefixItems', 'items'].some((key) =>
    Object.hasOwn(node, key),
  )
}

const MAX_DEPTH = 16

/** Whether a schema, and each of its alternatives, passes the test for each type that it names. */
function every(node: unknown, root: JsonSchema, test: Test, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false
  if (!isSchema(node)) return true
  const { $ref, type } = node
  if (typeof $ref === 'string') return every(referenced($ref, root), root, test, depth + 1)
  const alternatives = ['anyOf', 'oneOf', 'allOf'].flatMap((key) => node[key] ?? [])
  if (!alternatives.every((one) => every(one, root, test, depth + 1))) return false
  if (alternatives.length > 0 && type === undefined) return true
  return (Array.isArray(type) ? type : [type]).every((one) => test(one, node))
}

function propertyOf(name: string, { properties }: JsonSchema): unknown {
  return isSchema(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined
}

function referenced(ref: string, root: JsonSchema): unknown {
  return ref
    .split('/')
    .slice(1)
    .reduce<unknown>((node, key) => (isSchema(node) ? node[key] : undefined), root)
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
