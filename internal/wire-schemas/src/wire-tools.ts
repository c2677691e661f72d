import type { WireTool } from './check-tool.ts'
import {
  anthropicStrict,
  geminiJsonSchema,
  geminiParameters,
  openAiStrict,
  type ProviderRules,
} from './provider-rules.ts'
import type { Sent } from './provider-server.ts'
import type { Provider } from './senders.ts'

type Json = Readonly<Record<string, unknown>>

/** The one tool of a request, and the rules for the place in which its schema stands. */
export function wireToolOf(
  provider: Provider,
  { body }: Sent,
): { readonly tool: WireTool; readonly rules: ProviderRules } {
  const first = firstOf(body['tools'])
  if (provider === 'anthropic')
    return { tool: toolOf(first, 'input_schema'), rules: anthropicStrict }
  if (provider === 'openai') {
    // Chat completions nest the function, the responses API does not.
    const declared = isJson(first['function']) ? first['function'] : first
    return { tool: toolOf(declared, 'parameters'), rules: openAiStrict }
  }
  const declared = firstOf(first['functionDeclarations'])
  return 'parametersJsonSchema' in declared
    ? { tool: toolOf(declared, 'parametersJsonSchema'), rules: geminiJsonSchema }
    : { tool: toolOf(declared, 'parameters'), rules: geminiParameters }
}

function toolOf(declared: Json, field: string): WireTool {
  const schema = declared[field]
  return { name: String(declared['name']), schema: isJson(schema) ? schema : undefined }
}

function firstOf(list: unknown): Json {
  const first: unknown = Array.isArray(list) && list.length === 1 ? list[0] : undefined
  if (!isJson(first)) throw new Error('The request does not have exactly one tool.')
  return first
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
