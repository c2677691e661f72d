import { API_TOOL, METRICS, RECORDS } from './story.ts'
import { aboutEndpoint, aboutWeek, parseResult } from './summary.ts'

export interface ScriptedCall {
  readonly id: string
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
}

/** For runs without a key: the calls are written down, the tools and what they bring back are real. */
export interface Script {
  readonly calls: readonly ScriptedCall[]
  /** The answer, from the text of each result that the model was given. */
  answer(resultOf: (callId: string) => string | undefined): string
}

export function scriptFor(endpoint: string | undefined): Script {
  if (endpoint !== undefined) {
    return {
      calls: [{ id: 'call_api', name: API_TOOL, args: { endpoint } }],
      answer: (resultOf) => aboutEndpoint(endpoint, parseResult(resultOf('call_api'))),
    }
  }
  return {
    calls: [
      { id: 'call_metrics', name: METRICS.name, args: {} },
      { id: 'call_records', name: RECORDS.name, args: {} },
    ],
    answer: (resultOf) =>
      aboutWeek(parseResult(resultOf('call_metrics')), parseResult(resultOf('call_records'))),
  }
}
