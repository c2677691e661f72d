import { type FunctionTool, tool as sdkTool, toolNamespace } from '@openai/agents-core'

const parameters = {
  type: 'object',
  properties: {},
  required: [],
  additionalProperties: true,
} satisfies FunctionTool['parameters']

/** A tool that is never called: what the SDK does not export is read from it. */
const inert = sdkTool({
  name: 'inert',
  description: '',
  parameters,
  strict: false,
  needsApproval: false,
  execute: () => '',
})

/**
 * The SDK's own policy of a tool that never pauses, which it knows by identity. Of a tool with any other policy it pauses
 * the run for arguments that are no JSON object, and asks no policy: a run without approvals must not end there.
 */
export const { needsApproval: NEVER } = inert

const [spaced] = toolNamespace({ name: 'space', description: 'A namespace.', tools: [inert] })
const NAMESPACE = Object.getOwnPropertySymbols(spaced).find(
  (symbol) => Reflect.get(spaced, symbol) === 'space',
)

/** The namespace that the program gave a tool by `toolNamespace`. */
export function namespaceOf(tool: object): unknown {
  return NAMESPACE && Reflect.get(tool, NAMESPACE)
}
