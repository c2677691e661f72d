import { invalidOption } from './option-checks.ts'

/**
 * The user that a function `user` of the program named, or nobody. A user without a name must not count as nobody, for
 * whom an approval would be another person's. Throws a `ConfigError` for anything else.
 *
 * @param returned - What the function returned.
 * @param owner - Whose option it is. Default: the tool's.
 *
 * @example
 * ```ts
 * import { namedUser } from '@authsec/core/adapter'
 *
 * console.log(namedUser('jo@example.com'))
 * ```
 */
export function namedUser(returned: unknown, owner = 'the tool'): string | undefined {
  if (returned === undefined) return undefined
  if (typeof returned === 'string' && returned.trim() !== '') return returned
  throw invalidOption(
    `What the function \`user\` of ${owner} returned`,
    'is neither a name nor undefined',
    'Return the ID of the user, or undefined for nobody.',
  )
}
