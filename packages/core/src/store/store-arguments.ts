import { missingOption, type OptionCheck } from '../options/option-checks.ts'
import { optionalNumber, required } from '../options/option-values.ts'

/** The longest time of a value or a claim: 30 days. What cannot be read of a claim counts for as long. */
export const MAX_TTL_MS = 2_592_000_000

const isAnyText: OptionCheck = required((value) => typeof value === 'string', 'a text')
const isTtl = optionalNumber({ least: 1, most: MAX_TTL_MS, unit: 'milliseconds' })

/**
 * Throws a `ConfigError` for keys, IDs and values of a store that are not texts. The empty text is one.
 *
 * @example
 * ```ts
 * import { checkTexts } from '@authsec/core/adapter'
 *
 * export const check = (key: string, value: string): void => checkTexts({ key, value })
 * ```
 */
export function checkTexts(texts: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(texts)) isAnyText(value, name)
}

/**
 * The time of an entry of a store, in whole milliseconds from 1 to 30 days; a fraction is rounded up. Throws a
 * `ConfigError` for one that cannot be.
 *
 * @example
 * ```ts
 * import { checkedTtl } from '@authsec/core/adapter'
 *
 * export const endOf = (ttlMs: number): number => Date.now() + checkedTtl(ttlMs)
 * ```
 */
export function checkedTtl(ttlMs: number): number {
  if (ttlMs === undefined) throw missingOption('ttlMs', 'Say for how many milliseconds it holds.')
  isTtl(ttlMs, 'ttlMs')
  return Math.ceil(ttlMs)
}
