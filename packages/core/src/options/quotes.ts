import { invalidOption } from './option-checks.ts'

/** Straight and typographic quotes, backticks, and the angle brackets of placeholders. */
const OPENING = /^["'`\u2018\u201c\u201e\u00ab<]/
const CLOSING = /["'`\u2019\u201d\u201c\u00bb>]$/

/**
 * Throws a `ConfigError` for a text that was copied with the quotes around it. `docker --env-file` and
 * the settings of many CI services take them as a part of the value.
 */
export function refuseQuotes(text: string, field: string): void {
  if (!OPENING.test(text) && !CLOSING.test(text)) return
  throw invalidOption(
    field,
    'has quotes or brackets around it',
    `Remove them: where ${field} is set, they are a part of the value.`,
  )
}
