import type { z } from 'zod'
import type { ConfigError } from '../errors.ts'
import { invalidOption } from '../options/option-checks.ts'
import { encodeSegment } from '../policy/endpoint.ts'
import { assertPath } from '../policy/path-check.ts'

/** A checked path template: `customers/{id}/billing`. */
export interface PathTemplate {
  /** Names of its parameters, in order. */
  readonly parameters: readonly string[]
  fill(values: Readonly<Record<string, unknown>>): string
}

const PLACEHOLDER = /\{(\w+)\}/g

/** Throws `ConfigError` for a template that no value can turn into a path. */
export function parseTemplate(tool: string, path: string): PathTemplate {
  assertTemplate(tool, path)
  return {
    parameters: [...path.matchAll(PLACEHOLDER)].map((match) => String(match[1])),
    fill: (values) =>
      path.replace(PLACEHOLDER, (_all, name: string) => encodeSegment(name, values[name])),
  }
}

function assertTemplate(tool: string, path: string): void {
  const rest = path.replace(PLACEHOLDER, 'x')
  if (/[{}]/.test(rest)) {
    throw badPath(tool, 'has a placeholder that is not {name} of letters, digits and _')
  }
  if (/(^|\/):/.test(rest)) {
    throw badPath(tool, 'has a placeholder of the form :name; write {name}')
  }
  if (/[?#]/.test(rest)) {
    throw badPath(
      tool,
      'has a query or a fragment; parameters that are not in the path go to the query',
    )
  }
  try {
    assertPath(rest.startsWith('/') ? rest.slice(1) : rest)
  } catch {
    throw badPath(tool, 'is not a plain path below the resource')
  }
}

function badPath(tool: string, problem: string): ConfigError {
  return invalidOption(
    `\`path\` of the operation ${tool}`,
    problem,
    'Write it like customers/{id}/billing, and list each {name} in `params`.',
  )
}

/** A path parameter must always have a value: without it the path does not exist. */
export function assertAlwaysGiven(tool: string, name: string, schema: z.ZodType): void {
  const missing = [undefined, null].some((nothing) => {
    try {
      const parsed = schema._zod.run({ value: nothing, issues: [] }, { async: true })
      if (!(parsed instanceof Promise)) {
        return parsed.issues.length === 0 && (parsed.value === undefined || parsed.value === null)
      }
      // The call itself refuses a missing value. What fails here must not end the process.
      parsed.catch(() => undefined)
    } catch {
      // The program's own check, which did not expect a missing value.
    }
    return false
  })
  if (!missing) return
  throw invalidOption(
    `The path parameter ${name} of the operation ${tool}`,
    'is optional or nullable, and a path needs it',
    `Make ${name} required in \`params\`, or declare a second operation without it.`,
  )
}
