import { createFileSink } from '#runtime/audit/file-sink'
import type { AuthSecError } from '../errors.ts'
import type { AuthSecEvent, CallStart, OnEvent } from '../events.ts'
import type { AuditFields } from '../records/audit-record.ts'
import { draftOfEvent } from '../records/record-draft.ts'
import { type RecordContext, recordOfStart } from '../records/record-of-event.ts'
import { pseudonym } from '../records/record-values.ts'
import { systemClock, waitFor } from '../support/clock.ts'
import {
  auditUnavailable,
  closedLog,
  notAsked,
  notRemoved,
  notWritten,
  recordsLost,
  slowLog,
} from './audit-errors.ts'
import { type AuditLogOptions, chainKey, checkAuditOptions } from './audit-options.ts'
import { createFunctionSink } from './function-sink.ts'
import { type AuditHead, createHashChain } from './hash-chain.ts'
import { createLogWriter } from './log-writer.ts'

/** An `onEvent` function that keeps a record of calls, approvals and refusals. */
export interface AuditLog extends OnEvent {
  /**
   * Of a required log alone: writes the line that says that a call is about to be sent. Throws or rejects with
   * a `ResourceError`, `audit_unavailable`, when that line cannot be written.
   */
  readonly beforeSend?: (call: CallStart, signal?: AbortSignal) => void | Promise<void>
  /**
   * The last line of the chain, after writing those that wait: keep it elsewhere, and `verifyAuditFile` finds out whether lines were cut off.
   * Undefined before the first line, and without a chain.
   */
  head(): AuditHead | undefined
  /**
   * Resolves when all lines are on the disk, whatever `fsync` is, or were taken by `write`. Rejects with
   * `audit_unavailable` when they are not after `timeoutMs`.
   */
  flush(): Promise<void>
  /** Writes the closing line, flushes and closes. What happens later is not recorded; a required log then permits no call. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const TIMEOUT_MS = 10_000

/**
 * Creates an `onEvent` function that writes one JSON line for each call, approval and refusal, and for tokens
 * and cloud credentials: who called what, with which permission, approved by whom. Lines never hold a token, a
 * client ID, a header, a body or a query; see `auditRecordSchema`. The names of user, caller and approver are
 * personal data.
 *
 * **The chain.** Each line has the hash of the line before, through all files of the log. Without a key this
 * finds accidents, and edits by somebody who does not know how the hashes are made: whoever may write the file
 * can make them anew. With a key, nobody without it can alter, insert, remove or reorder lines unnoticed. In
 * either case lines that are cut off at the end leave a whole chain: keep `head()` elsewhere, such as in
 * another system once a minute, and pass it to `verifyAuditFile` as `anchor`. A file that was closed or followed by
 * another one ends with a closing line.
 *
 * **Losses.** A line that cannot be written fails no call, unless the log is `required`. It is counted, and the
 * next line that can be written says how many are missing (`outcome: 'lost'`). `onError` is told.
 *
 * **A process that ends.** Lines in files are written at the end of a turn of the event loop, a busy log's every 10 ms,
 * together, and when the process exits or throws. What kills it at once (SIGKILL, a signal that nobody handles, a
 * crash of the machine code) can take the lines of those 10 ms and of a turn that has not ended. With `required`, with `fsync: 'always'` and with
 * `buffered: false` each line is written before `onEvent` returns.
 *
 * Close the log when all its clients have ended; a log may serve several clients of one process.
 *
 * @throws ConfigError - `config_missing` or `config_invalid` for an option or a folder that cannot be used.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { createAuditLog } from '@authsec/core/audit'
 *
 * await using audit = createAuditLog({ file: { path: '/var/log/my-agent/audit.jsonl' } })
 * const client = createAuthSecClientFromEnv(process.env, { onEvent: audit })
 * await client.secureFetch({ endpoint: 'metrics' })
 * ```
 */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  checkAuditOptions(options)
  const { write, file, required = false, people = 'plain', clock = systemClock } = options
  const { hashChain = true, timeoutMs = TIMEOUT_MS, onError = warnProcess } = options
  const key = chainKey(hashChain)
  const chain = createHashChain(hashChain !== false, key)
  const onKept = (error: unknown): void => tell(onError, notRemoved(error))
  const sink = file
    ? createFileSink(file, { chain: chain.id, clock, required, onKept })
    : createFunctionSink(write ?? (() => undefined))
  const onFailure = (error: unknown): void => tell(onError, recordsLost(error))
  const isBuffered = !required && isFileBuffered(file)
  const writer = createLogWriter({ sink, chain, clock, onFailure, isBuffered })
  const nameOf = (name: string): string => (people === 'hash' ? pseudonym(name, key) : name)
  const context: RecordContext = { now: () => clock.now(), nameOf }
  let wasAsked = !required
  let closing: Promise<void> | undefined

  function onEvent(event: AuthSecEvent): void {
    const draft = draftOfEvent(event, context)
    if (draft === undefined) return
    if (!wasAsked) tellUnasked(draft())
    if (closing !== undefined) writer.lose(closedLog())
    else writer.record(draft)
  }

  function tellUnasked({ outcome, attempts }: AuditFields): void {
    if (outcome !== 'completed' && !attempts) return
    wasAsked = true
    tell(onError, notAsked())
  }

  function beforeSend(call: CallStart, signal?: AbortSignal): Promise<void> | undefined {
    wasAsked = true
    if (closing !== undefined) throw auditUnavailable(closedLog())
    let settled: Promise<void> | undefined
    try {
      settled = writer.write(recordOfStart(call, context))
    } catch (error) {
      throw auditUnavailable(error)
    }
    return settled && inTime(settled, signal)
  }

  /** A reason of the signal is passed on; everything else is the log's. */
  async function inTime(settled: Promise<void>, signal?: AbortSignal): Promise<void> {
    const done = settled.then(
      () => true as const,
      (error: unknown) => {
        throw auditUnavailable(error)
      },
    )
    // When nobody waits any more, its failure is told by the record that comes next.
    done.catch(() => undefined)
    const isDone = await waitFor(done, clock, timeoutMs, { signal })
    if (!isDone) throw auditUnavailable(slowLog())
  }

  async function flush(): Promise<void> {
    const isDone = await waitFor(drained(), clock, timeoutMs).catch((error: unknown) => {
      throw notWritten(error)
    })
    if (!isDone) throw notWritten(slowLog())
  }

  async function drained(): Promise<true> {
    writer.drain()
    await sink.flush()
    return true
  }

  /** What waits is not in the chain yet. */
  function head(): AuditHead | undefined {
    try {
      writer.drain()
    } catch {
      // It was told.
    }
    return chain.head()
  }

  async function closeNow(): Promise<void> {
    const failures: unknown[] = []
    for (const step of [writer.end, flush, sink.close]) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw notWritten(failures[0])
  }

  const close = (): Promise<void> => {
    closing ??= closeNow()
    return closing
  }

  return Object.freeze(
    Object.assign(onEvent, {
      ...(required && { beforeSend }),
      head,
      flush,
      close,
      [Symbol.asyncDispose]: close,
    }),
  )
}

/** Who asks for each line on the disk gets each line. */
function isFileBuffered(file: AuditLogOptions['file']): boolean {
  return file !== undefined && file.fsync !== 'always' && (file.buffered ?? true)
}

/** A broken handler must break neither the log nor the call. */
function tell(onError: (error: AuthSecError) => void, error: AuthSecError): void {
  try {
    onError(error)
  } catch {
    // There is nobody left to tell.
  }
}

function warnProcess({ message, hint, systemCode }: AuthSecError): void {
  const cause = systemCode === undefined ? '' : ` (${systemCode})`
  globalThis.process?.emitWarning?.(`${message}${cause} ${hint}`, { code: 'AUTHSEC_AUDIT' })
}
