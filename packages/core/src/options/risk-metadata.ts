import { checkOptions, type OptionCheck } from './option-checks.ts'
import { optionalBoolean, optionalNumber, optionalText } from './option-values.ts'

/** What the server's risk score depends on, beside its policies (contract 6). */
export interface RiskMetadata {
  /** How many records are concerned. */
  readonly rowCount?: number | undefined
  /** Whether it concerns personal data. */
  readonly pii?: boolean | undefined
  /** Whether it moves money. */
  readonly financial?: boolean | undefined
  /** Such as `production`. */
  readonly env?: string | undefined
}

/** Throws `ConfigError` for metadata that the server would not read. */
export const optionalRiskMetadata: OptionCheck = (value, field) => {
  if (value === undefined) return
  const checks = {
    rowCount: optionalNumber({ least: 0, most: Number.MAX_SAFE_INTEGER, integer: true }),
    pii: optionalBoolean,
    financial: optionalBoolean,
    env: optionalText,
  }
  checkOptions<RiskMetadata>(value, field, checks, `${field}.`)
}
