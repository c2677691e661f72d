import { AuthSecCallbackHandler, operationTool, secureFetchTool } from '@authsec/langchain'
import {
  type Analyst,
  type AnalystOptions,
  firstSentence,
  METRICS,
  RECORDS,
  SYSTEM_PROMPT,
} from '@authsec-apps/demo-kit'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { type BaseMessage, ToolMessage } from '@langchain/core/messages'
import { createAgent } from 'langchain'
import { scriptedModel } from './scripted-model.ts'

/** The security analyst on LangChain's agent loop. */
export const analyst: Analyst = async (client, printer, options) => {
  const agent = createAgent({
    model: await chooseModel(options),
    tools:
      options.endpoint === undefined
        ? [operationTool(client, METRICS), operationTool(client, RECORDS)]
        : [secureFetchTool(client)],
    systemPrompt: SYSTEM_PROMPT,
  })
  const { messages } = await agent.invoke(
    { messages: [{ role: 'user', content: options.question }] },
    { callbacks: [new AuthSecCallbackHandler(client)], recursionLimit: 12 },
  )
  printer.block(messages.at(-1)?.text ?? '')
  return messages
    .filter((message) => ToolMessage.isInstance(message) && message.status === 'error')
    .map(sentenceOf)
}

async function chooseModel(options: AnalystOptions): Promise<BaseChatModel> {
  const { openAiKey: apiKey, openAiModel: model } = options
  if (!apiKey) return scriptedModel(options.endpoint)
  const { ChatOpenAI } = await import('@langchain/openai')
  return new ChatOpenAI({ apiKey, model, temperature: 0 })
}

function sentenceOf(message: BaseMessage): string {
  const artifact: unknown = ToolMessage.isInstance(message) ? message.artifact : undefined
  if (typeof artifact === 'object' && artifact !== null && 'message' in artifact) {
    return String(artifact.message)
  }
  // Stopped before it ran: LangChain's text is the error's name and message, then its advice.
  return firstSentence(message.text) ?? 'A tool failed.'
}
