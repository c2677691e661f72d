import type { AuthSecClient } from '@authsec/core'
import { AuthSecCallbackHandler } from '@authsec/langchain'
import type { Printer } from '@authsec-apps/demo-kit'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { type BaseMessage, ToolMessage } from '@langchain/core/messages'
import { createAgent } from 'langchain'
import { apiTools, QUESTION, SYSTEM_PROMPT, vaultTools } from './analyst.ts'
import { scriptedApiReader, scriptedVaultAnalyst } from './scripted-model.ts'

export interface AnalystOptions {
  /** An endpoint of the user's own API, instead of the vault. */
  endpoint?: string | undefined
  openAiKey?: string | undefined
  openAiModel?: string | undefined
}

/** The agent's run, told on screen. Returns whether every call succeeded. */
export async function runAnalyst(
  client: AuthSecClient,
  printer: Printer,
  options: AnalystOptions = {},
): Promise<boolean> {
  const { endpoint } = options
  printer.fact(
    'Model',
    options.openAiKey ? `OpenAI ${options.openAiModel}` : 'scripted (OPENAI_API_KEY is not set)',
  )
  const agent = createAgent({
    model: await chooseModel(options),
    tools: endpoint === undefined ? vaultTools(client) : apiTools(client),
    systemPrompt: SYSTEM_PROMPT,
  })
  const question = endpoint === undefined ? QUESTION : `Read ${endpoint} and say what is there.`
  printer.title(question)
  const { messages } = await agent.invoke(
    { messages: [{ role: 'user', content: question }] },
    { callbacks: [new AuthSecCallbackHandler(client)], recursionLimit: 12 },
  )
  printer.block(messages.at(-1)?.text ?? '')
  const problems = problemsOf(messages)
  for (const problem of problems) printer.bad(problem)
  if (problems.length === 0)
    printer.good('Done. No API key was used, and the model never saw a token.')
  return problems.length === 0
}

async function chooseModel({
  endpoint,
  openAiKey,
  openAiModel,
}: AnalystOptions): Promise<BaseChatModel> {
  if (openAiKey) {
    const { ChatOpenAI } = await import('@langchain/openai')
    return new ChatOpenAI({
      apiKey: openAiKey,
      model: openAiModel ?? 'gpt-4o-mini',
      temperature: 0,
    })
  }
  return endpoint === undefined ? scriptedVaultAnalyst() : scriptedApiReader(endpoint)
}

/** What went wrong in tools, one sentence each. */
function problemsOf(messages: readonly BaseMessage[]): string[] {
  const failed = messages.filter((item) => ToolMessage.isInstance(item) && item.status === 'error')
  return [...new Set(failed.map(sentenceOf))]
}

function sentenceOf(message: BaseMessage): string {
  const artifact: unknown = ToolMessage.isInstance(message) ? message.artifact : undefined
  if (typeof artifact === 'object' && artifact !== null && 'message' in artifact) {
    return String(artifact.message)
  }
  // Stopped before it ran: LangChain's text is the error's name and message, then its advice.
  return message.text.split('\n')[0]?.replace(/^\w*Error: /, '') ?? 'A tool failed.'
}
