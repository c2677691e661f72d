import { Buffer } from '#runtime/platform/bytes'
import { randomUUID } from '#runtime/platform/hashing'
import { createLineHash, type LineHash } from './line-hash.ts'

/**
 * The chain of lines. Each line ends with `,"hash":"…"}`: the SHA-256 (or, with a key, the HMAC) of all bytes
 * before that comma. These contain `prev`, the hash of the line before, and `seq`.
 */

/** The last line of a chain: keep it elsewhere to find out later whether lines were cut off. */
export interface AuditHead {
  readonly chain: string
  /** Of the last line, from 0. */
  readonly seq: number
  readonly hash: string
}

export interface HashChain {
  readonly algorithm: 'sha256' | 'hmac-sha256' | undefined
  readonly id: string
  /**
   * The next lines, with newlines between them. The chain stays as it is until `advance`.
   *
   * @param records - As of `recordText`.
   */
  next(records: readonly string[]): string
  /** The lines of `next` were written. */
  advance(): void
  head(): AuditHead | undefined
}

export function createHashChain(isChained: boolean, key: Uint8Array | undefined): HashChain {
  const id = randomUUID()
  const hashOf = createLineHash(key)
  let head: AuditHead | undefined
  let drafted: AuditHead | undefined

  function chained(record: string): string {
    const prev = drafted ? `,"prev":"${drafted.hash}"` : ''
    const seq = drafted ? drafted.seq + 1 : 0
    const body = `${record},"chain":"${id}","seq":${seq}${prev}`
    drafted = { chain: id, seq, hash: hashOf(body) }
    return `${body},"hash":"${drafted.hash}"}`
  }

  return {
    algorithm: isChained ? (key ? 'hmac-sha256' : 'sha256') : undefined,
    id,
    next(records) {
      drafted = head
      return records.map(isChained ? chained : ended).join('\n')
    },
    advance() {
      head = drafted
    },
    head: () => head,
  }
}

function ended(record: string): string {
  return `${record}}`
}

/** A line as it was read, with its place in the chain. */
export interface ChainedLine extends AuditHead {
  readonly prev: string | undefined
  readonly kind: string
  readonly outcome: string
  readonly algorithm: string | undefined
  readonly lost: number
}

const END = /^,"hash":"([0-9a-f]{64})"\}$/
const END_BYTES = 75

/** Whether the line has its end: what was cut in the middle has not. */
export function hasEnd(line: Uint8Array): boolean {
  return hashAtEnd(line) !== undefined
}

/** Undefined for what is no whole, unaltered line of a chain. */
export function readChainedLine(line: Uint8Array, hashOf: LineHash): ChainedLine | undefined {
  const stated = hashAtEnd(line)
  const body = line.subarray(0, -END_BYTES)
  if (stated === undefined || hashOf(body) !== stated) return undefined
  const { chain, seq, prev, kind, outcome, algorithm, lost } = fieldsOf(line)
  if (typeof chain !== 'string' || typeof seq !== 'number') return undefined
  return {
    chain,
    seq,
    hash: stated,
    prev: typeof prev === 'string' ? prev : undefined,
    kind: String(kind),
    outcome: String(outcome),
    algorithm: typeof algorithm === 'string' ? algorithm : undefined,
    lost: typeof lost === 'number' ? lost : 0,
  }
}

function hashAtEnd(line: Uint8Array): string | undefined {
  const end = Buffer.from(line.subarray(-END_BYTES)).toString('latin1')
  return END.exec(end)?.[1]
}

/** Empty for what is no JSON object. Also for a line whose hash is not known to be right. */
export function fieldsOf(line: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(line).toString('utf8'))
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
