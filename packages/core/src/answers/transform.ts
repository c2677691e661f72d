import { invalidOption } from '../options/option-checks.ts'
import type { Scrubber } from '../scrub/secret-scrubber.ts'
import { createBoundedSignal } from '../support/bounded-signal.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import { NotPlainJsonError, plainJson } from '../support/plain-json.ts'

/** What `transform` knows of the answer. */
export interface TransformFacts {
  readonly status: number
  /** Content type, paging, rate limits and the request ID; nothing else. Of the first page, where there are several. */
  readonly headers: Readonly<Record<string, string>>
  /** Ends with the call, and after 30 s. */
  readonly signal: AbortSignal
}

/** Makes what the model sees of the data of a success. It returns JSON: no `undefined`, functions, BigInts, classes or cycles. */
export type Transform = Transformer['transform']

/** As a method, so that a function may name the type of the data that it expects. */
interface Transformer {
  transform(data: unknown, answer: TransformFacts): unknown
}

const MAX_MS = 30_000

interface TransformCall extends Omit<TransformFacts, 'signal'> {
  readonly tool: string
  readonly data: unknown
  readonly signal: AbortSignal | undefined
  /** Unpacking can reveal what an API echoed: the text of a compressed log, the letters behind a cipher. */
  readonly scrubber: Scrubber | undefined
  readonly clock?: Clock | undefined
}

/**
 * Runs the program's own function. What it throws is thrown as it is; no JSON, and no result in time, are a `ConfigError`
 * that names the tool: a model can do nothing about either.
 */
export async function transformed(transform: Transform, call: TransformCall): Promise<unknown> {
  const { tool, data, status, headers, signal, scrubber, clock = systemClock } = call
  const what = `\`transform\` of the tool ${tool}`
  const bound = createBoundedSignal({
    clock,
    ms: MAX_MS,
    signal,
    keepAlive: true,
    reason: () =>
      invalidOption(what, `returned nothing within ${MAX_MS / 1000} s`, 'Let it do less.'),
  })
  try {
    const run = async (): Promise<unknown> =>
      transform(data, { status, headers, signal: bound.signal })
    const made = asJson(await bound.orAborted(run()), what)
    return scrubber ? scrubber.json(made).value : made
  } finally {
    bound.release()
  }
}

function asJson(value: unknown, what: string): unknown {
  try {
    return plainJson(value)
  } catch (error) {
    if (!(error instanceof NotPlainJsonError)) throw error
    throw invalidOption(
      what,
      `returned what JSON cannot carry: ${error.message}`,
      'Return null, booleans, numbers, texts, and lists and plain objects of these.',
    )
  }
}
