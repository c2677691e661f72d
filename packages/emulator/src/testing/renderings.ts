import { inspect } from 'node:util'

/** A value in every form in which a log, a tracer or a test runner could print it. */
export function renderings(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  const own = inspect(value, { depth: 12, showHidden: true, getters: false, maxArrayLength: 2000 })
  const texts = [
    own,
    // What console.dir shows at most: every property of the prototypes, with what their getters return.
    // To read the getters of a zod schema breaks zod for the whole process.
    own.includes('[_zod]') ? undefined : safely(() => inspect(value, everything)),
    safely(() => JSON.stringify(value)),
    safely(() => `${String(value)}`),
    safely(() => inspect(structuredClone(value), { depth: 12 })),
  ]
  if (value instanceof Error) {
    texts.push(
      value.message,
      value.stack,
      safely(() => JSON.stringify(value, errorKeys)),
    )
    if (value.cause !== undefined) texts.push(...renderings(value.cause))
  }
  return texts.filter((text) => text !== undefined)
}

const everything = {
  depth: 12,
  showHidden: true,
  getters: true,
  customInspect: false,
  maxArrayLength: 2000,
} as const

const errorKeys = ['name', 'message', 'stack', 'cause', 'code', 'hint', 'url', 'headers', 'input']

function safely(render: () => string | undefined): string | undefined {
  try {
    return render()
  } catch {
    // A value without this form cannot leak a secret in it.
    return undefined
  }
}
