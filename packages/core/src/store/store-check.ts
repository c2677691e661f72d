import type { OptionCheck } from '../options/option-checks.ts'
import { optional, required } from '../options/option-values.ts'

const METHODS = ['get', 'set', 'delete', 'claim']
export const optionalStore: OptionCheck = optional(
  required(
    (value) => METHODS.every((name) => typeof Object(value)[name] === 'function'),
    `a store, which has the methods ${METHODS.join(', ')}`,
  ),
)
