import { linesOf } from '@authsec/core/adapter'

/** What the first line of a file says about its log. Nothing of it is verified. */
export interface FirstLine {
  readonly chain: string | undefined
  readonly algorithm: string | undefined
  /** It is a record of a log without a chain. */
  readonly isUnchained: boolean
}

/** What cannot be read says nothing: the verification tells why. */
export async function firstLine(path: string): Promise<FirstLine> {
  const { version, kind, chain, algorithm, hash } = await fieldsOfFirst(path)
  const isRecord = version === 1 && typeof kind === 'string'
  return {
    chain: typeof chain === 'string' ? chain : undefined,
    algorithm: typeof algorithm === 'string' ? algorithm : undefined,
    isUnchained: isRecord && chain === undefined && hash === undefined && algorithm === undefined,
  }
}

async function fieldsOfFirst(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    for await (const { bytes } of linesOf(path)) return recordIn(bytes) ?? {}
  } catch {
    // See above.
  }
  return {}
}

/** The object that a line holds; undefined for what is none. */
export function recordIn(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value }
      : undefined
  } catch {
    return undefined
  }
}
