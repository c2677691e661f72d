/** A schema's types, properties and required names, without words and choices: what an SDK's transform must keep. */
export function shapeOf(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return undefined
  const { type, required = [], items, properties }: Record<string, unknown> = { ...schema }
  const fields = Object.entries(Object(properties)).map(([name, one]) => [name, shapeOf(one)])
  return { type, required, items: shapeOf(items), properties: Object.fromEntries(fields) }
}
