import type { AuthSecClient } from '@authsec/core'
import type { OperationOptions, SecureFetchToolOptions } from '@authsec/core/tool'

/** The tool that a test asks a framework package for. */
export type OrderedTool =
  | { readonly kind: 'secure fetch'; readonly options?: SecureFetchToolOptions }
  | { readonly kind: 'operation'; readonly options: OperationOptions }

/** A scripted model: it makes all calls of the tool at once, `times` one after another, and ends. */
export interface Turn {
  readonly client: AuthSecClient
  /** The model knows it as `TOOL_NAME`. */
  readonly tool: OrderedTool
  readonly calls: readonly Readonly<Record<string, unknown>>[]
  /** How often the model makes the calls, each time after it has read the results. */
  readonly times: number
  readonly signal?: AbortSignal | undefined
  /** Who the agent works for, given as the framework's programs give it. */
  readonly user?: string | undefined
}

/** A run of a tool that was made before. */
export type SharedTurn = Omit<Turn, 'tool'>

export interface TurnResult {
  /** The results as the model's last prompt had them, in the order of the calls, as text. */
  readonly answers: readonly string[]
  /** The tools as the model's prompt had them. */
  readonly shown: readonly ShownTool[]
  /** Everything that the framework stores or gives out: messages, steps, stream, telemetry, snapshots. */
  readonly recorded: Readonly<Record<string, unknown>>
}

export interface ShownTool {
  readonly name: string
  readonly description: string | undefined
  /** JSON Schema of the arguments. */
  readonly schema: unknown
}

/** Runs the real agent loop of a framework with a scripted model. */
export interface ContractHarness {
  /** Whether the framework tells runs apart, so that each run has a budget of its own. */
  readonly tellsRunsApart: boolean | 'from the second step on'
  /** Rejects only where the framework's own call rejects, as most do after an abort. */
  run(turn: Turn): Promise<TurnResult>
  /** Makes a tool once, for many agents: each run says who acts in it, as the framework's programs do. */
  share(tool: OrderedTool): (turn: SharedTurn) => Promise<TurnResult>
}

/** The name under which every harness offers the tool to the model. */
export const TOOL_NAME = 'vault'
