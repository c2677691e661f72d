import { scriptFor } from '@authsec-apps/demo-kit'
import {
  assistantMessage,
  functionCall,
  modelResponder,
  type RecordedModelCall,
  ScriptedModel,
} from '@openai/agents-core/testing'

/** The SDK's own scripted model, for runs without a key. */
export function scriptedModel(endpoint: string | undefined): ScriptedModel {
  const { calls, answer } = scriptFor(endpoint)
  return new ScriptedModel([
    calls.map(({ id, name, args }) => functionCall(name, { ...args }, { callId: id })),
    modelResponder((call) => [assistantMessage(answer((id) => resultIn(call, id)))]),
  ])
}

function resultIn({ request }: RecordedModelCall, id: string): string | undefined {
  const items = Array.isArray(request.input) ? request.input : []
  const result = items.find((item) => item.type === 'function_call_result' && item.callId === id)
  const { output }: { output?: unknown } = Object(result)
  return typeof output === 'string' ? output : Object(output).text
}
