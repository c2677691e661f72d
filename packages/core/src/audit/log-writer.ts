import type { AuditFields } from '../records/audit-record.ts'
import type { RecordDraft } from '../records/record-draft.ts'
import { recordText } from '../records/record-text.ts'
import type { Clock } from '../support/clock.ts'
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
  const schedule = createDrainSchedule(drainQuietly, clock)

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
    if (!isFailing) onFailure(error)
    isFailing = true
  }

  /** Writes as many records as the file has room for, at least one, and returns how many. */
  function attempt(records: readonly string[]): number {
    prepare()
    let room = sink.room
    let count = 0
    while (count < records.length && (count === 0 || room > 0)) {
      room -= (records[count]?.length ?? 0) + PLACE_BYTES
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
    const drafts = waiting
    if (drafts.length === 0) return
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

  function drainQuietly(): void {
    try {
      drain()
    } catch {
      // It was counted and told.
    }
  }

  return {
    write(record) {
      drainQuietly()
      writeSome([recordText(record)])
      return settle()
    },
    lose,
    record(draft) {
      waiting.push(draft)
      if (!isBuffered || waiting.length >= MOST_WAITING) drainQuietly()
      else schedule.ask()
    },
    drain,
    end() {
      schedule.end()
      try {
        drain()
      } finally {
        if (sink.isOpen && isBegun) logLine('closed', lost === 0 ? {} : { lost })
      }
    },
  }
}
