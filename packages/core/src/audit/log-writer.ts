import type { AuditFields } from '../records/audit-record.ts'
import type { Clock } from '../support/clock.ts'
import type { HashChain } from './hash-chain.ts'
import type { Sink } from './sink.ts'

interface Parts {
  readonly sink: Sink
  readonly chain: HashChain
  readonly clock: Clock
  /** Told when records begin to be lost. */
  readonly onFailure: (error: unknown) => void
}

/** Writes records in the order in which they come, with the lines about the log itself between them. */
export interface LogWriter {
  /** Writes a record or throws. What it returns resolves when the record is as durable as the options ask for. */
  write(record: AuditFields): Promise<void> | undefined
  /** The same, but a failure is counted and told, never thrown. */
  record(record: AuditFields): void
  /** Counts a record that cannot be written. */
  lose(error: unknown): void
  /** Writes the closing line, if there is a line to close. */
  end(): void
}

export function createLogWriter({ sink, chain, clock, onFailure }: Parts): LogWriter {
  let lost = 0
  let isFailing = false
  /** Whether the open file has its first line. */
  let isBegun = false

  function line(fields: AuditFields): void {
    sink.append(chain.next(fields))
    chain.advance()
  }

  function logLine(outcome: AuditFields['outcome'], more: Partial<AuditFields> = {}): AuditFields {
    return { time: new Date(clock.now()).toISOString(), kind: 'log', outcome, ...more }
  }

  /** Begins a new file where one is needed. */
  function prepare(): void {
    if (sink.isOpen && sink.isFull) {
      line(logLine('closed'))
      sink.close()
    }
    if (!sink.isOpen) {
      isBegun = false
      sink.open()
    }
    if (!isBegun) {
      const { algorithm } = chain
      line(logLine('opened', algorithm && { algorithm }))
      isBegun = true
    }
    if (lost === 0) return
    line(logLine('lost', { lost }))
    lost = 0
  }

  function lose(error: unknown): void {
    lost += 1
    fail(error)
  }

  function fail(error: unknown): void {
    if (!isFailing) onFailure(error)
    isFailing = true
  }

  function attempt(record: AuditFields): void {
    prepare()
    line(record)
  }

  function write(record: AuditFields): Promise<void> | undefined {
    try {
      attempt(record)
    } catch (error) {
      if (sink.isOpen) throw error
      // Its file is gone, which is told, and the record need not be lost with it.
      fail(error)
      attempt(record)
    }
    const settled = sink.settle()
    if (settled === undefined) isFailing = false
    return settled
  }

  return {
    write,
    lose,
    record(record) {
      try {
        write(record)?.then(() => {
          isFailing = false
        }, fail)
      } catch (error) {
        lose(error)
      }
    },
    end() {
      if (sink.isOpen && isBegun) line(logLine('closed', lost === 0 ? {} : { lost }))
    },
  }
}
