import { namespaceOf } from './sdk-facts.ts'

/** A call of a function tool, as far as it says which tool is meant. */
interface NamedCall {
  readonly name: string
  readonly callId: string
  readonly namespace?: string | undefined
}

/** An agent of the SDK, as far as its tools are looked up. */
interface WithTools {
  readonly tools: readonly object[]
}

/** What the SDK has decided about the last answer of the model, in the state of a run. */
export interface RoutedCalls {
  readonly _currentAgent: unknown
  readonly _lastProcessedResponse:
    | {
        readonly functions: readonly {
          readonly toolCall: { readonly callId: string }
          readonly tool: object
        }[]
      }
    | undefined
}

/**
 * The tools to which the SDK may route a call: the one to which it has routed it, and for an agent that is a tool of
 * another, whose own state is inside the outer one, all that have the name and the namespace of the call. Whether they
 * are enabled is not asked: that may have changed since.
 */
export function routedTools(
  state: RoutedCalls,
  agent: WithTools,
  call: NamedCall,
): readonly object[] {
  const functions = agent === state._currentAgent ? state._lastProcessedResponse?.functions : []
  const routed = functions?.find(({ toolCall }) => toolCall.callId === call.callId)
  return routed ? [routed.tool] : toolsNamed(agent, call)
}

/** The function tools of an agent that have the name and the namespace of a call. */
export function toolsNamed({ tools }: WithTools, call: NamedCall): readonly object[] {
  // The SDK writes a tool that is loaded later as a namespace of its own name.
  const namespace = call.namespace === call.name ? undefined : call.namespace
  const name = qualified(call.name, namespace)
  return tools.filter((tool) => {
    const { type, name: own }: { type?: unknown; name?: unknown } = tool
    return type === 'function' && name === qualified(String(own), namespaceOf(tool))
  })
}

/** A call may name a tool of a namespace in one text, and a tool may have such a name: both count, so neither is missed. */
function qualified(name: string, namespace: unknown): string {
  return typeof namespace === 'string' && namespace !== '' ? `${namespace}.${name}` : name
}
