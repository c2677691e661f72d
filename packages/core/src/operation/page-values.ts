import type { z } from 'zod'
import type { Query } from '../policy/endpoint.ts'
import type { Places } from './operation-request.ts'

type Values = Readonly<Record<string, unknown>>

/**
 * What a rule of approval sees of a call whose query an API chose: values under the names and in the types of `params`,
 * as those of the model. What is not sent any more is gone, and what is no parameter has the name under which it is sent.
 */
export function pageValues(
  query: Query,
  given: Values,
  { places, wire, shape }: Places & { readonly shape: z.ZodRawShape },
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
        typed(
          value,
          Object.hasOwn(given, name) ? given[name] : undefined,
          shape[name] as z.ZodType | undefined,
        ),
      ])
  }
  // A parameter is never hidden by another value that has its name on the way.
  const free = others.filter(([name]) => !inQuery.includes(name))
  return Object.fromEntries([...free, ...own, ...kept])
}

/** A text of a URL as the value that the parameter would have: the model's own, or the first reading that fits its type. */
function typed(value: unknown, given: unknown, type: z.ZodType | undefined): unknown {
  if (value === given || textOf(value) === textOf(given)) return given
  const readings = [value, [value].flat()].flatMap((one) => [one, plain(one)])
  for (const reading of readings) {
    const read = parsed(reading, type)
    if (read) return read.data
  }
  return value
}

function textOf(value: unknown): string {
  return JSON.stringify([value].flat().map(String))
}

/** Numbers and booleans in place of the texts that are theirs alone. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value === 'true' || value === 'false') return value === 'true'
  return typeof value === 'string' && String(Number(value)) === value ? Number(value) : value
}

function parsed(
  value: unknown,
  type: z.ZodType | undefined,
): { readonly data: unknown } | undefined {
  try {
    const result = type?.safeParse(value)
    return result?.success ? result : undefined
  } catch {
    // A type that can only be parsed asynchronously: the text is what is known.
    return undefined
  }
}
