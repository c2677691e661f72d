import { operationTool, secureFetchTool } from '@authsec/ai-sdk'
import type { AuthSecClient } from '@authsec/core'
import { generateText, type LanguageModel, stepCountIs, streamText, type ToolSet } from 'ai'
import { record } from './operation.ts'

/** Only compiled: the tools fit this version of the SDK without a cast. */
export function toolsOf(client: AuthSecClient, model: LanguageModel): ToolSet {
  const tools = { vault: secureFetchTool(client), record: operationTool(client, record) }
  const options = { model, tools, prompt: 'go', stopWhen: stepCountIs(3) }
  void generateText(options)
  streamText(options)
  // @ts-expect-error: id is a string
  void tools.record.execute({ id: 5 }, { toolCallId: 'c' })
  return tools
}
