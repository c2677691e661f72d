import type { z } from 'zod'
import type { AuthSecError } from '../errors.ts'
import type { ValidatedValues } from '../operation/read-params.ts'
import { invalidOption } from '../options/option-checks.ts'
import { createBoundedSignal } from '../support/bounded-signal.ts'
import { systemClock } from '../support/clock.ts'
import { invalidInput } from './tool-outcome.ts'

/** What the input of a tool is checked with. */
export interface InputRules<Input> {
  /** Of the tool. */
  readonly name: string
  readonly inputSchema: z.ZodType<Input>
  /** What checks and changes values that fit the schema. Default: nothing else. */
  readonly validate?: ((values: unknown) => Promise<ValidatedValues>) | undefined
}

type ReadInput<Input> = { readonly input: Input } | { readonly problem: AuthSecError }

/** As long as `transform` has. */
const MAX_MS = 30_000

/**
 * A model's input as the tool takes it, or what is wrong with it. A validator may wait, such as for a database, and knows
 * no signal: the wait for it ends with the call's, and after 30 s with a `ConfigError`.
 */
export async function readInput<Input>(
  rules: InputRules<Input>,
  given: unknown,
  signal: AbortSignal | undefined,
): Promise<ReadInput<Input>> {
  const bound = createBoundedSignal({
    clock: systemClock,
    ms: MAX_MS,
    signal,
    keepAlive: true,
    reason: () =>
      invalidOption(
        `\`params\` of the tool ${rules.name}`,
        `did not say within ${MAX_MS / 1000} s whether the arguments are valid`,
        'Let what waits in a refinement or a validator end earlier.',
      ),
  })
  try {
    return await bound.orAborted(checked(rules, given))
  } finally {
    bound.release()
  }
}

async function checked<Input>(
  { inputSchema, validate }: InputRules<Input>,
  given: unknown,
): Promise<ReadInput<Input>> {
  const parsed = await inputSchema.safeParseAsync(given)
  if (!parsed.success) return { problem: invalidInput(parsed.error.issues) }
  const validated = await validate?.(parsed.data)
  if (!validated) return { input: parsed.data }
  if ('issues' in validated) return { problem: invalidInput(validated.issues) }
  // What the developer's validator made of the input: its type is the developer's word.
  return { input: validated.values as Input }
}
