import type { AuthSecError } from '../errors.ts'
import {
  checkOptions,
  invalidOption,
  missingOption,
  type OptionChecks,
} from '../options/option-checks.ts'
import {
  isText,
  optionalBoolean,
  optionalChoice,
  optionalClock,
  optionalFunction,
  optionalMilliseconds,
  optionalNumber,
  optionalObject,
  uncheckedHere,
} from '../options/option-values.ts'
import { readRandomKey } from '../options/sealing-keys.ts'
import type { Clock } from '../support/clock.ts'

export interface AuditFileOptions {
  /**
   * Names the files: for `/var/log/my-agent/audit.jsonl` they are called
   * `/var/log/my-agent/audit.20261127T150747123Z-000001-3f2a9c1b.jsonl` and so on, which sorts by time. Each
   * process writes files of its own, which only their owner may read. The folder is created if it is missing;
   * one that every user of the machine may write is refused.
   */
  readonly path: string
  /** A file that has reached this size is closed, and the next one is opened. Default: 67 108 864 (64 MiB). */
  readonly maxBytes?: number | undefined
  /**
   * How many files of this name are kept. The oldest are removed when a new one is opened, unless another
   * process may still write to them. Default: all.
   */
  readonly maxFiles?: number | undefined
  /**
   * When lines are forced onto the disk. Whatever it is, a line outlasts the process as soon as it is written: see
   * `buffered`.
   * To outlast a loss of power too: `always` waits for the disk with each line, and blocks the process for that
   * long; `batch`, the default, serves all lines of a moment at once, in the background; `never` leaves it to
   * the system.
   */
  readonly fsync?: 'always' | 'batch' | 'never' | undefined
  /**
   * Whether the lines of a moment are written together: at the end of the turn of the event loop, or 10 ms after the
   * last write, or when 128 wait, and at `flush`, `head`, `close` and the exit of the process. SIGKILL can take the
   * lines of those 10 ms and of a turn that has not ended.
   * `false` writes each line at once, as `required` and `fsync: 'always'` do. Default: true.
   */
  readonly buffered?: boolean | undefined
}

export interface AuditLogOptions {
  /** Where lines go, one at a time and without a newline. Give this or `file`. */
  readonly write?: ((line: string) => void | Promise<void>) | undefined
  /** Files of JSON lines. Give this or `write`. */
  readonly file?: AuditFileOptions | undefined
  /**
   * Whether each line names the hash of the line before. With a key (32 random bytes, as bytes or base64url)
   * the hashes are HMACs, which only a holder of the key can make anew. Default: true, without a key.
   */
  readonly hashChain?: boolean | { readonly key: string | Uint8Array } | undefined
  /**
   * Whether a call may be sent only after a line says so (`outcome: 'started'`). When that line cannot be
   * written, the call is refused with `audit_unavailable`. Default: false: a lost line never fails a call.
   */
  readonly required?: boolean | undefined
  /**
   * How user, caller and approver are named: as they are, or as a pseudonym made with the key of the chain
   * (without a key, from a hash that a guess can be compared with). Default: `plain`.
   */
  readonly people?: 'plain' | 'hash' | undefined
  /** The longest wait for a line that is written or forced onto the disk in the background. Default: 10 000 ms. */
  readonly timeoutMs?: number | undefined
  /** Told once when records begin to be lost, and again after the log worked in between. Default: a warning of the process. */
  readonly onError?: ((error: AuthSecError) => void) | undefined
  /** For tests. Default: the system's clock. */
  readonly clock?: Clock | undefined
}

/** Room for the first line and the last one, and for records between them. */
const LEAST_BYTES = 4_096

const fileChecks: OptionChecks<AuditFileOptions> = {
  path: isText,
  maxBytes: optionalNumber({
    least: LEAST_BYTES,
    most: Number.MAX_SAFE_INTEGER,
    unit: 'bytes',
    integer: true,
  }),
  maxFiles: optionalNumber({ least: 1, most: 1_000_000, integer: true }),
  fsync: optionalChoice('always', 'batch', 'never'),
  buffered: optionalBoolean,
}

/** Throws a `ConfigError` for options that cannot work. */
export function checkAuditOptions(options: unknown): asserts options is AuditLogOptions {
  checkOptions<AuditLogOptions>(options, 'the audit log options', {
    write: optionalFunction,
    file: optionalObject,
    hashChain: uncheckedHere,
    required: optionalBoolean,
    people: optionalChoice('plain', 'hash'),
    timeoutMs: optionalMilliseconds,
    onError: optionalFunction,
    clock: optionalClock,
  })
  const { write, file, hashChain } = options
  if (write === undefined && file === undefined) {
    throw missingOption(
      'write or file',
      'Set file: { path }, or write: a function that takes a line.',
    )
  }
  if (write !== undefined && file !== undefined) {
    throw invalidOption(
      'write',
      'must not be set beside file',
      'Make two audit logs for two places.',
    )
  }
  if (file !== undefined) checkOptions<AuditFileOptions>(file, 'file', fileChecks, 'file.')
  chainKey(hashChain)
}

/**
 * The key of the chain, if it has one. Throws a `ConfigError` for what cannot be one, also for a key that is
 * undefined: a variable that was forgotten must not make a chain without a key.
 */
export function chainKey(hashChain: AuditLogOptions['hashChain']): Uint8Array | undefined {
  if (hashChain === undefined || typeof hashChain === 'boolean') return undefined
  checkOptions<{ key: string | Uint8Array }>(
    hashChain,
    'hashChain',
    { key: uncheckedHere },
    'hashChain.',
  )
  return readRandomKey(hashChain.key, 'hashChain.key')
}
