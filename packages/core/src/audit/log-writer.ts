import { Buffer } from '#runtime/platform/bytes'
import type { AuditFields } from '../records/audit-record.ts'
import type { RecordDraft } from '../records/record-draft.ts'
import { recordText } from '../records/record-text.ts'
import type { Clock } from '../support/clock.ts'
import { closedLog, nestedWrite } from './audit-errors.ts'
import { createDrainSchedule } from './drain-schedule.ts'
import type { HashChain } from './hash-chain.ts'
import type { Sink } from './sink.ts'

interface Parts {
  readonly sink: Sink
  readonly chain: HashChain
  readonly clock: Clock
  /** Told when records begin to be lost. */
  readonly onFailure: (error: unknown) => void
  /** Whether the records of a moment are written together. */
  readonly isBuffered: boolean
}

/** Writes records in the order in which they come, with the lines about the log itself between them. */
export interface LogWriter {
  /** Writes a record or throws. What it returns resolves when the record is as durable as the options ask for. */
  write(record: AuditFields): Promise<void> | undefined
  /** The same, now or within `GATHER_MS`, but a failure is counted and told, never thrown. */
  record(draft: RecordDraft): void
  /** Counts a record that cannot be written. */
  lose(error: unknown): void
  /** Writes the records that wait. Throws what keeps one from being written, after that was counted and told. */
  drain(): void
  /** Writes the closing line, if there is a line to close. */
  end(): void
}

/** With as many records, none waits any longer: about 64 KiB of lines. */
const MOST_WAITING = 128
/** About what `chain`, `seq`, `prev` and `hash` need, in bytes. */
const PLACE_BYTES = 205

export function createLogWriter({ sink, chain, clock, onFailure, isBuffered }: Parts): LogWriter {
  let lost = 0
  let isFailing = false
  /** Whether the open file has its first line. */
  let isBegun = false
  let waiting: RecordDraft[] = []
  /** What a line causes while it is written, such as an event of a client that sends it, comes after it. */
  let isWriting = false
  const schedule = createDrainSchedule(drainQuietly, clock)

  function exclusively<T>(work: () => T): T {
    isWriting = true
    try {
      return work()
    } finally {
      isWriting = false
      if (waiting.length > 0) schedule.ask()
    }
  }

  function append(records: readonly string[]): void {
    sink.append(chain.next(records))
    chain.advance()
  }

  function logLine(outcome: AuditFields['outcome'], more: Partial<AuditFields> = {}): void {
    const time = new Date(clock.now()).toISOString()
    append([recordText({ time, kind: 'log', outcome, ...more })])
  }

  /** Begins a new file where one is needed. */
  function prepare(): void {
    if (sink.isOpen && sink.room <= 0) {
      logLine('closed')
      sink.close()
    }
    if (!sink.isOpen) {
      isBegun = false
      sink.open()
    }
    if (!isBegun) {
      const { algorithm } = chain
      logLine('opened', algorithm && { algorithm })
      isBegun = true
    }
    if (lost === 0) return
    logLine('lost', { lost })
    lost = 0
  }

  function lose(error: unknown, count = 1): void {
    lost += count
    fail(error)
  }

  function fail(error: unknown): void {
    if (isFailing) return
    isFailing = true
    onFailure(error)
  }

  /** Writes as many records as the file has room for, at least one, and returns how many. A function gets line by line. */
  function attempt(records: readonly string[]): number {
    prepare()
    let room = sink.room
    let count = 0
    while (count < records.length && (count === 0 || (isBuffered && room > 0))) {
      room -= Buffer.byteLength(records[count] ?? '') + PLACE_BYTES
      count += 1
    }
    append(count === records.length ? records : records.slice(0, count))
    return count
  }

  function writeSome(records: readonly string[]): number {
    try {
      return attempt(records)
    } catch (error) {
      if (sink.isOpen) throw error
      // Its file is gone, which is told, and the records need not be lost with it.
      fail(error)
      return attempt(records)
    }
  }

  /** Afterwards the log works, or will when what this returns has resolved. */
  function settle(): Promise<void> | undefined {
    const settled = sink.settle()
    if (settled === undefined) isFailing = false
    return settled
  }

  function drain(): void {
    if (waiting.length === 0 || isWriting) return
    exclusively(drainAll)
  }

  function drainAll(): void {
    const drafts = waiting
    waiting = []
    let left = drafts.length
    try {
      const records = drafts.map((draft) => recordText(draft()))
      while (left > 0) left -= writeSome(records.slice(-left))
      settle()?.then(() => {
        isFailing = false
      }, fail)
    } catch (error) {
      lose(error, left)
      throw error
    }
  }

  /** What the last lines caused: it would go on for ever. */
  function loseWaiting(): void {
    const { length } = waiting
    waiting = []
    if (length > 0) lose(closedLog(), length)
  }

  function drainQuietly(): void {
    try {
      drain()
    } catch {
      // It was counted and told.
    }
  }

  return {
    write(record) {
      if (isWriting) throw nestedWrite()
      drainQuietly()
      return exclusively(() => {
        writeSome([recordText(record)])
        return settle()
      })
    },
    lose,
    record(draft) {
      waiting.push(draft)
      if (!isBuffered || waiting.length >= MOST_WAITING) drainQuietly()
      else schedule.ask()
    },
    drain,
    end() {
      try {
        drain()
      } finally {
        loseWaiting()
        exclusively(() => {
          if (sink.isOpen && isBegun) logLine('closed', lost === 0 ? {} : { lost })
        })
        loseWaiting()
        schedule.end()
      }
    },
  }
}
