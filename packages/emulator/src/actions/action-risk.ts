/**
 * The risk of an action (contract 6). The words and the thresholds are those of the server. The server adds
 * the metadata only under a risk policy of the tenant. The emulator has no policies, and always adds it, with
 * the points that a policy has by default. It leaves out what depends on the time and on earlier actions.
 */

interface RiskFactor {
  readonly factor: string
  readonly score: number
  readonly reason: string
}

export interface Risk {
  /** From 0 to 100. */
  readonly score: number
  readonly level: 'low' | 'medium' | 'high' | 'critical'
  readonly approvalType: 'auto' | 'single' | 'multi'
  /** The number of approvals that the action needs. */
  readonly requiredApprovals: number
  readonly factors: readonly RiskFactor[]
}

/** What the score depends on. */
export interface RiskyAction {
  readonly action: string
  readonly metadata: Readonly<Record<string, unknown>> | undefined
}

/** The first row counts whose word stands anywhere in the action, in any case. */
const ACTION_SCORES: readonly (readonly [number, RegExp])[] = [
  [10, /read|get|list|select/i],
  [30, /create|insert|add/i],
  [45, /update|modify|edit/i],
  [50, /send|email|notify/i],
  [70, /delete|drop|remove/i],
  [80, /transfer|pay|charge/i],
  [75, /deploy|migrate|rollback/i],
]
const OTHER_ACTION_SCORE = 50
const BULK_ROWS = 100

/** `fixedScore` takes the place of the computed score. */
export function riskOf(action: RiskyAction, fixedScore?: number): Risk {
  const factors = fixedScore === undefined ? factorsOf(action) : [fixedFactor(fixedScore)]
  const sum = factors.reduce((total, { score }) => total + score, 0)
  const score = Math.min(100, sum)
  return { score, level: levelOf(score), ...approvalOf(score), factors }
}

function fixedFactor(score: number): RiskFactor {
  return { factor: 'fixed', score, reason: 'The score was set in the emulator' }
}

function factorsOf({ action, metadata = {} }: RiskyAction): RiskFactor[] {
  const [base = OTHER_ACTION_SCORE] = ACTION_SCORES.find(([, words]) => words.test(action)) ?? []
  const factors = [{ factor: 'default', score: base, reason: 'The kind of the action' }]
  const { row_count: rows, env } = metadata
  if (typeof rows === 'number' && Math.trunc(rows) > BULK_ROWS) {
    factors.push({ factor: 'bulk', score: 30, reason: `More than ${BULK_ROWS} rows` })
  }
  if (isFlagged(metadata, 'pii')) {
    factors.push({ factor: 'pii', score: 20, reason: 'Personal data' })
  }
  if (isFlagged(metadata, 'financial')) {
    factors.push({ factor: 'financial', score: 40, reason: 'Financial data' })
  }
  if (env === 'prod' || env === 'production') {
    factors.push({ factor: 'production', score: 20, reason: 'A production environment' })
  }
  return factors
}

/** A flag is a boolean of its own or one of the `tags`. */
function isFlagged(metadata: Readonly<Record<string, unknown>>, flag: string): boolean {
  const { [flag]: value, tags } = metadata
  if (typeof value === 'boolean') return value
  const isTag = (tag: unknown): boolean => typeof tag === 'string' && tag.toLowerCase() === flag
  return Array.isArray(tags) && tags.some(isTag)
}

function levelOf(score: number): Risk['level'] {
  if (score <= 30) return 'low'
  if (score <= 60) return 'medium'
  return score <= 80 ? 'high' : 'critical'
}

function approvalOf(score: number): Pick<Risk, 'approvalType' | 'requiredApprovals'> {
  if (score <= 30) return { approvalType: 'auto', requiredApprovals: 0 }
  if (score <= 80) return { approvalType: 'single', requiredApprovals: 1 }
  return { approvalType: 'multi', requiredApprovals: 2 }
}
