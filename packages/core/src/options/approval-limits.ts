import { checkOptions, type OptionCheck, type OptionChecks } from './option-checks.ts'
import { optionalBoolean, optionalNumber } from './option-values.ts'
import { optionalSealingKeys, type SealingKey } from './sealing-keys.ts'

/**
 * How often one approver is asked, so that a model cannot repeat a request until the person gives in. They hold
 * for one process: of four replicas, each counts for itself.
 */
export interface ApprovalLimits {
  /** Questions on the approver's device at a time. Default: 1. */
  readonly openPerApprover: number
  /** Questions within any `windowMs` that are open, were denied or got no answer. What was approved does not count. Default: 3. */
  readonly unapprovedPerWindow: number
  /** The sliding window, from 1 000 to 86 400 000 milliseconds. Default: 600 000. */
  readonly windowMs: number
  /** Pause after a denial, in milliseconds. Default: 60 000. */
  readonly pauseAfterDenialMs: number
  /** Questions that wait for their turn while the approver has another one. 0 refuses them at once. Default: 10. */
  readonly queuedPerApprover: number
  /** Longest wait for the turn, in milliseconds. Default: 120 000. */
  readonly queueMs: number
}

/** How one client asks for approvals. */
export interface ApprovalOptions extends Partial<ApprovalLimits> {
  /**
   * Seal pending approvals, so that another process, or this one after a restart, can carry the call on. The first
   * key seals and all of them open: add a new key to every process first, then move it to the front, and drop the
   * old one an hour later. Default: a random key of this process (environment: AUTHSEC_APPROVAL_KEYS).
   */
  readonly keys?: readonly SealingKey[] | undefined
  /** Whether views of an approval name the approver's whole e-mail address. Default: false, `a***@example.com`. */
  readonly showApprover?: boolean | undefined
}

const DEFAULTS: ApprovalLimits = {
  openPerApprover: 1,
  unapprovedPerWindow: 3,
  windowMs: 600_000,
  pauseAfterDenialMs: 60_000,
  queuedPerApprover: 10,
  queueMs: 120_000,
}

const count = (least: number): OptionCheck => optionalNumber({ least, most: 1_000, integer: true })
const time = (least: number): OptionCheck =>
  optionalNumber({ least, most: 86_400_000, unit: 'milliseconds' })

const checks: OptionChecks<ApprovalLimits> = {
  openPerApprover: count(1),
  unapprovedPerWindow: count(1),
  windowMs: time(1_000),
  pauseAfterDenialMs: time(0),
  queuedPerApprover: count(0),
  queueMs: time(1),
}

/** Throws `ConfigError` for limits that cannot work. */
export const optionalApprovalLimits: OptionCheck = (value, field) => {
  if (value !== undefined) checkOptions<ApprovalLimits>(value, field, checks, `${field}.`)
}

/** Throws `ConfigError` for options of a client that cannot work. */
export const optionalApprovalOptions: OptionCheck = (value, field) => {
  if (value === undefined) return
  const own = { keys: optionalSealingKeys, showApprover: optionalBoolean }
  checkOptions<ApprovalOptions>(value, field, { ...checks, ...own }, `${field}.`)
}

/** The limits of a client, or of a rule on top of those of its client. */
export function withLimits(
  given: Partial<ApprovalLimits> | undefined,
  base: ApprovalLimits = DEFAULTS,
): ApprovalLimits {
  const isLimit = (name: string): boolean => Object.hasOwn(checks, name)
  const own = Object.entries(given ?? {}).filter(
    ([name, value]) => isLimit(name) && value !== undefined,
  )
  return Object.freeze({ ...base, ...Object.fromEntries(own) })
}
