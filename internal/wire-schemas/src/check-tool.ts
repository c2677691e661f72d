import type { ProviderRules } from './provider-rules.ts'

type Schema = Readonly<Record<string, unknown>>

/** A tool as it travels to a provider. Without parameters, some frameworks send no schema. */
export interface WireTool {
  readonly name: string
  readonly schema: Schema | undefined
}

/** What the provider would refuse about the tool; empty when it accepts it. */
export function problemsOf({ name, schema }: WireTool, rules: ProviderRules): string[] {
  const named = rules.toolName.test(name) ? [] : [`The tool name ${name} is not allowed.`]
  if (!schema) return named
  const isObject = schema['type'] === 'object' && !('anyOf' in schema)
  const root = isObject ? [] : ['The root is not an object.']
  return [...named, ...root, ...problemsIn(withoutDialect(schema, rules), rules, '')]
}

/** The dialect at the root is ignored, except by a provider that refuses it by name. */
function withoutDialect(schema: Schema, { refused = [] }: ProviderRules): Schema {
  if (refused.includes('$schema')) return schema
  const { $schema: _dialect, ...rest } = schema
  return rest
}

function problemsIn(schema: Schema, rules: ProviderRules, at: string): string[] {
  const own = [...keywordProblems(schema, rules), ...objectProblems(schema, rules)]
  const inner = subschemas(schema).flatMap(([key, one]) => problemsIn(one, rules, `${at}/${key}`))
  return [...own.map((problem) => `${at || '/'}: ${problem}`), ...inner]
}

function keywordProblems(
  schema: Schema,
  { accepted, refused = [], typeLists }: ProviderRules,
): string[] {
  const unknown = Object.keys(schema).filter((keyword) => {
    return refused.includes(keyword) || (accepted && !accepted.includes(keyword))
  })
  const isList = !typeLists && Array.isArray(schema['type'])
  return [
    ...unknown.map((keyword) => `the keyword ${keyword} is refused`),
    ...(isList ? ['type is a list'] : []),
  ]
}

function objectProblems(schema: Schema, rules: ProviderRules): string[] {
  if (schema['type'] !== 'object') return []
  const names = Object.keys(Object(schema['properties']))
  const { required = [] }: { required?: unknown } = schema
  const isRequired = (name: string): boolean => Array.isArray(required) && required.includes(name)
  const optional = rules.everyPropertyRequired ? names.filter((name) => !isRequired(name)) : []
  const isOpen = rules.closedObjects && schema['additionalProperties'] !== false
  return [
    ...names.filter((name) => !rules.propertyName.test(name)).map((name) => `the name ${name}`),
    ...optional.map((name) => `${name} is not required`),
    ...(isOpen ? ['additionalProperties is not false'] : []),
  ]
}

/** The schemas directly inside a schema, by the path to them. */
function subschemas(schema: Schema): [string, Schema][] {
  const maps = ['properties', '$defs', 'definitions', 'patternProperties'].flatMap((keyword) =>
    Object.entries(Object(schema[keyword])),
  )
  const lists = ['anyOf', 'oneOf', 'allOf', 'prefixItems', 'items'].flatMap((keyword) => {
    const list = schema[keyword]
    return Array.isArray(list) ? list.map((one, index) => [`${keyword}/${index}`, one]) : []
  })
  const single = ['items', 'additionalProperties', 'not'].map((keyword) => [
    keyword,
    schema[keyword],
  ])
  return [...maps, ...lists, ...single].filter((entry): entry is [string, Schema] =>
    isSchema(entry[1]),
  )
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
