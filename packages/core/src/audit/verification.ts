import type { AuditHead } from './hash-chain.ts'

/**
 * `edited`: a line is not what was written. `missing`: lines were removed before this one. `reordered`: it is
 * not in its place, or there twice. `truncated`: lines were cut off, here or after the last line. `torn`: the
 * last line is incomplete, as after a crash or a loss of power. `foreign`: it belongs to another log, or to none.
 */
export type AuditProblem = 'edited' | 'missing' | 'reordered' | 'truncated' | 'torn' | 'foreign'

export type AuditVerification =
  | {
      readonly ok: true
      readonly lines: number
      /** The last line. */
      readonly head: AuditHead
      /** Whether the log ends with its closing line. If not, its process still runs, or has crashed. */
      readonly closed: boolean
      /** Records that the log says it could not write. */
      readonly lost: number
    }
  | {
      readonly ok: false
      /** The line with the problem, from 1. For `truncated` the first that is not there as it was written. */
      readonly line: number
      readonly problem: AuditProblem
      /** One sentence. */
      readonly message: string
    }

export interface VerifyOptions {
  /** The key of the chain, if it has one. */
  readonly key?: string | Uint8Array | undefined
  /**
   * A line that was there once: `head()` of the log, or `head` of an earlier verification. Without one, lines
   * that were cut off at the end are not found.
   */
  readonly anchor?: AuditHead | undefined
}
