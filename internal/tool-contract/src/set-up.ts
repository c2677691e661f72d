import type { AuthSecClient, AuthSecClientOptions, AuthSecEvent } from '@authsec/core'
import type { ToolOutcome } from '@authsec/core/tool'
import type { Emulator, EmulatorOptions } from '@authsec/emulator'
import { testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import { expect } from 'vitest'
import { z } from 'zod'
import { type ContractHarness, type OrderedTool, TOOL_NAME, type TurnResult } from './harness.ts'

/** An emulator with real HTTP, a client of it, and a framework with a scripted model. */
export interface Setup extends AsyncDisposable {
  readonly emulator: Emulator
  readonly client: AuthSecClient
  /** Runs a model that calls the tool. Default: a secure fetch of `metrics`, once. */
  runTurn(options?: TurnOptions): Promise<TurnOutcome>
  /** Requests that reached the protected API. */
  vaultCalls(): number
  /** The events that the client has emitted. */
  readonly events: readonly AuthSecEvent[]
  /** Requests for a delegation token. */
  tokenCalls(): number
}

interface TurnOptions {
  readonly tool?: OrderedTool
  readonly calls?: readonly Readonly<Record<string, unknown>>[]
  readonly times?: number
  readonly signal?: AbortSignal
  readonly client?: AuthSecClient
}

interface TurnOutcome extends TurnResult {
  /** The first answer as an outcome, or a failure with the code `not_an_outcome`. */
  readonly outcome: ToolOutcome
}

export interface SetUpOptions {
  readonly emulator?: EmulatorOptions
  readonly client?: Partial<AuthSecClientOptions>
}

const METRICS = [{ endpoint: 'metrics' }]
const VAULT = /^\/secure-vault\//

export async function setUp(harness: ContractHarness, options: SetUpOptions = {}): Promise<Setup> {
  const emulator = await testEmulator(options.emulator)
  const events: AuthSecEvent[] = []
  const client = testClient(emulator, {
    ...options.client,
    onEvent: (event) => void events.push(event),
  })
  const count = (path: RegExp): number =>
    emulator.requests.filter((request) => path.test(request.path)).length
  return {
    emulator,
    client,
    events,
    async runTurn({ tool = secureFetch, calls = METRICS, times = 1, signal, ...own } = {}) {
      const turn = { client: own.client ?? client, tool, calls, times, signal }
      const result = await harness.run(turn)
      watch('answers', result.answers)
      for (const [where, value] of Object.entries(result.recorded)) watch(where, value)
      expect(result.answers).toHaveLength(calls.length * times)
      return { ...result, outcome: toOutcome(result.answers[0]) }
    },
    vaultCalls: () => count(VAULT),
    tokenCalls: () => count(/delegation-token$/),
    async [Symbol.asyncDispose]() {
      await client.close()
      await emulator.close()
    },
  }
}

function toOutcome(answer = ''): ToolOutcome {
  try {
    const value: unknown = JSON.parse(answer)
    if (typeof value === 'object' && value !== null && 'ok' in value) return value as ToolOutcome
  } catch {
    // Frameworks answer some calls themselves, with a text of their own.
  }
  return { ok: false, code: 'not_an_outcome', message: answer, retryable: false }
}

const secureFetch: OrderedTool = { kind: 'secure fetch', options: { name: TOOL_NAME } }

/** One record of the vault as an operation, with the options of the test. */
export function getRecord(more: Partial<RecordOptions> = {}): OrderedTool {
  const params = z.object({ id: z.string().describe('Such as rec-0001.') })
  const description = 'One record of the vault.'
  const options = { name: TOOL_NAME, description, path: 'records/{id}', params, ...more }
  return { kind: 'operation', options }
}

type RecordOptions = Extract<OrderedTool, { kind: 'operation' }>['options']
