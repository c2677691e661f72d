import type { FileLine } from '../files/file-lines.ts'
import { type AuditHead, type ChainedLine, hasEnd, readChainedLine } from './hash-chain.ts'
import { createLineHash } from './line-hash.ts'
import type { AuditProblem, AuditVerification } from './verification.ts'

interface Expected {
  readonly key: Uint8Array | undefined
  readonly anchor: AuditHead | undefined
}

/** Checks the lines of a log one after the other. After the first problem it only looks for the line that it misses. */
export interface ChainCheck {
  add(line: FileLine): void
  result(): AuditVerification
}

type Diagnosis = readonly [problem: AuditProblem, message: string]

interface Finding {
  readonly line: number
  /** The place in the chain that the line should have had. */
  readonly seq: number
  readonly diagnosis: Diagnosis
  /** What it is instead, if the line that was expected here comes later. */
  readonly ifLater: Diagnosis
}

export function createChainCheck({ key, anchor }: Expected): ChainCheck {
  const hashOf = createLineHash(key)
  let count = 0
  let last: ChainedLine | undefined
  let lost = 0
  let finding: Finding | undefined
  let cameLater = false

  const nextSeq = (): number => (last ? last.seq + 1 : 0)

  function found(diagnosis: Diagnosis, { ifLater = diagnosis, line = count } = {}): Finding {
    return { line, seq: nextSeq(), diagnosis, ifLater }
  }

  function add(line: FileLine): void {
    count += 1
    const read = readChainedLine(line.bytes, hashOf)
    if (finding) {
      cameLater ||= read?.seq === finding.seq && read.chain === last?.chain
      return
    }
    finding = problemIn(line, read)
    if (finding || !read) return
    last = read
    lost += read.lost
  }

  function problemIn(line: FileLine, read: ChainedLine | undefined): Finding | undefined {
    if (!line.isEnded && (read || !hasEnd(line.bytes))) return found(torn(count))
    if (!read) return found(edited(count), { ifLater: foreign(count) })
    return last ? problemAfter(last, read) : problemOfFirst(read)
  }

  function problemAfter(before: ChainedLine, read: ChainedLine): Finding | undefined {
    if (read.chain !== before.chain) return found(foreign(count))
    const missing = read.seq - nextSeq()
    if (missing > 0) return found(absent(count, missing), { ifLater: reordered(count) })
    if (missing < 0) return found(reordered(count))
    // The line before was made anew together with its hash, which this line does not name.
    if (read.prev !== before.hash) return found(edited(count - 1), { line: count - 1 })
    return problemAtAnchor(read)
  }

  function problemOfFirst(read: ChainedLine): Finding | undefined {
    if (anchor && read.chain !== anchor.chain) {
      return found(['foreign', 'The anchor is of another log.'])
    }
    if (read.kind !== 'log' || read.outcome !== 'opened') {
      return found(['missing', 'The beginning of the log is missing.'])
    }
    if (!anchor || anchor.seq >= read.seq) return problemAtAnchor(read)
    if (anchor.seq < read.seq - 1) {
      return found(['missing', 'The anchor is in an earlier file: verify from that file on.'])
    }
    if (read.prev === anchor.hash) return undefined
    return found(['edited', 'The log does not go on from the anchor.'])
  }

  function problemAtAnchor({ seq, hash }: ChainedLine): Finding | undefined {
    if (anchor?.seq !== seq || anchor.hash === hash) return undefined
    return found([
      'edited',
      `Line ${count} is not the line of the anchor: the chain was made anew.`,
    ])
  }

  function result(): AuditVerification {
    if (finding) return problemOf(finding)
    if (!last || (anchor && anchor.seq > last.seq)) return failure(count + 1, truncated(count + 1))
    const { chain, seq, hash, outcome } = last
    const head = { chain, seq, hash }
    return { ok: true, lines: count, head, closed: outcome === 'closed', lost }
  }

  function problemOf({ line, seq, diagnosis, ifLater }: Finding): AuditVerification {
    const wasWhole = diagnosis[0] === 'torn' && anchor !== undefined && anchor.seq >= seq
    if (wasWhole) return failure(line, truncated(line))
    return failure(line, cameLater ? ifLater : diagnosis)
  }

  return { add, result }
}

function failure(line: number, [problem, message]: Diagnosis): AuditVerification {
  return { ok: false, line, problem, message }
}

function edited(line: number): Diagnosis {
  const orKey = line === 1 ? ', or its log has another key' : ''
  return ['edited', `Line ${line} is not what was written${orKey}.`]
}

function foreign(line: number): Diagnosis {
  return ['foreign', `Line ${line} is not of this log.`]
}

function absent(line: number, count: number): Diagnosis {
  const lines = count === 1 ? '1 line is' : `${count} lines are`
  return ['missing', `Before line ${line} ${lines} missing.`]
}

function reordered(line: number): Diagnosis {
  return ['reordered', `Line ${line} is not in its place.`]
}

function truncated(line: number): Diagnosis {
  return ['truncated', `The log ends before line ${line} or in it, and more was written.`]
}

function torn(line: number): Diagnosis {
  return [
    'torn',
    `Line ${line} is incomplete: its process ended while it was written, or its end was cut off.`,
  ]
}
