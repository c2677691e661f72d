import type { Query } from '../policy/endpoint.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { mayBe } from './flat-schema.ts'
import type { Places } from './operation-request.ts'

type Values = Readonly<Record<string, unknown>>

/**
 * What a rule of approval sees of a call whose query an API chose: values under the names and in the types of `params`,
 * as those of the model. What is not sent any more is gone, and what is no parameter has the name under which it is sent.
 */
export function pageValues(
  query: Query,
  given: Values,
  { places, wire, schema }: Places & { readonly schema: JsonSchema },
): Values {
  const inQuery = Object.keys(places).filter((name) => places[name] === 'query')
  const nameOf = new Map(inQuery.map((name) => [wire[name] ?? name, name]))
  const kept = Object.entries(given).filter(([name]) => places[name] !== 'query')
  const own: [string, unknown][] = []
  const others: [string, unknown][] = []
  for (const [sent, value] of Object.entries<unknown>(query)) {
    const name = nameOf.get(sent)
    if (name === undefined) others.push([sent, value])
    else
      own.push([
        name,
        typed(value, Object.hasOwn(given, name) ? given[name] : undefined, name, schema),
      ])
  }
  // A parameter is never hidden by another value that has its name on the way.
  const free = others.filter(([name]) => !inQuery.includes(name))
  return Object.fromEntries([...free, ...own, ...kept])
}

/** Texts of a URL as the value that the parameter would have: the model's own where it is the same, else by its type. */
function typed(value: unknown, given: unknown, name: string, schema: JsonSchema): unknown {
  if (textOf(value) === textOf(given)) return given
  const isList = Array.isArray(value) || Array.isArray(given)
  if (isList || (mayBe(name, 'array', schema) && !mayBe(name, 'string', schema))) {
    const isText = mayBe(name, 'string', schema, true)
    return [value].flat().map((item) => (isText ? item : plain(item)))
  }
  // A transform can have made a number of a text.
  const isText = typeof given === 'string' || (given === undefined && mayBe(name, 'string', schema))
  return isText ? value : plain(value)
}

function textOf(value: unknown): string {
  return JSON.stringify([value].flat().map(String))
}

/** A number or a boolean in place of the text that is its own alone. */
function plain(value: unknown): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  return typeof value === 'string' && String(Number(value)) === value ? Number(value) : value
}
