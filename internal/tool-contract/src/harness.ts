import type { AuthSecClient } from '@authsec/core'
import type { OperationOptions, SecureFetchToolOptions } from '@authsec/core/tool'
import type { z } from 'zod'

/** A tool as a developer would order it from any framework package. */
export type OrderedTool =
  | { readonly kind: 'secure fetch'; readonly options?: SecureFetchToolOptions }
  | { readonly kind: 'operation'; readonly options: OperationOptions<z.ZodRawShape> }

/** One turn of a scripted model: it makes all calls of the tool at once, reads the results, ends. */
export interface Turn {
  readonly client: AuthSecClient
  /** The model knows it as `TOOL_NAME`. */
  readonly tool: OrderedTool
  readonly calls: readonly Readonly<Record<string, unknown>>[]
  readonly signal?: AbortSignal | undefined
}

export interface TurnResult {
  /** The results as they stood in the model's next prompt, in the order of the calls, as text. */
  readonly answers: readonly string[]
  /** The tools as they stood in the model's prompt. */
  readonly shown: readonly ShownTool[]
  /** Everything the framework keeps or gives out: messages, steps, stream, telemetry, snapshots. */
  readonly recorded: Readonly<Record<string, unknown>>
}

export interface ShownTool {
  readonly name: string
  readonly description: string | undefined
  /** JSON Schema of the arguments. */
  readonly schema: unknown
}

/** What a framework package brings: its real agent loop, with a scripted model in it. */
export interface ContractHarness {
  /** Rejects only where the framework's own call rejects, as most do after an abort. */
  run(turn: Turn): Promise<TurnResult>
}

/** The name under which every harness offers the tool to the model. */
export const TOOL_NAME = 'vault'
