import { inspect } from 'node:util'
import { expect } from 'vitest'
import { ConfigError } from '../../src/index.ts'

/** Appears in wrong values and names; no error may repeat it. */
export const SECRET = 'secret-pw-7f3a91'

/** The `ConfigError` that a call throws or rejects with; it repeats no value and has a hint. */
export async function thrownBy(call: () => unknown): Promise<ConfigError> {
  const error: unknown = await (async () => await call())().then(
    () => expect.fail('The mistake was not reported.'),
    (reason: unknown) => reason,
  )
  if (!ConfigError.isInstance(error)) throw error
  expect(error.message).toMatch(/[.?]$/)
  expect(error.hint).toMatch(/^[A-Z].*\.$/)
  expect(inspect(error, { showHidden: true }) + JSON.stringify(error)).not.toContain(SECRET)
  return error
}
