import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import * as aiSdk from '@authsec/ai-sdk'
import * as langchain from '@authsec/langchain'
import * as llamaindex from '@authsec/llamaindex'
import * as mastra from '@authsec/mastra'
import * as openaiAgents from '@authsec/openai-agents'
import { ChatAnthropic } from '@langchain/anthropic'
import { ChatGoogleGenerativeAI } from '@langchain/google-genai'
import { ChatOpenAI } from '@langchain/openai'
import { OpenAI } from '@llamaindex/openai'
import { Agent, type AgentConfig } from '@mastra/core/agent'
import { noopLogger } from '@mastra/core/logger'
import { Agent as OpenAIAgent, Runner } from '@openai/agents-core'
import { OpenAIProvider } from '@openai/agents-openai'
import { generateText, type LanguageModel } from 'ai'
import { type Sent, sentBy } from './provider-server.ts'
import { TOOL_NAME, type ToolCase } from './tools.ts'

const apiKey = 'no-key'

export type Provider = 'openai' | 'google' | 'anthropic'
export type Sender = (tool: ToolCase) => Promise<Sent>

/** One request of each framework to each provider that it is used with. */
export const senders: readonly (readonly [framework: string, Provider, Sender])[] = [
  [
    'LangChain',
    'openai',
    (tool) => sentBy((url) => withLangChain(langchainModel.openai(url), tool)),
  ],
  [
    'LangChain',
    'google',
    (tool) => sentBy((url) => withLangChain(langchainModel.google(url), tool)),
  ],
  [
    'LangChain',
    'anthropic',
    (tool) => sentBy((url) => withLangChain(langchainModel.anthropic(url), tool)),
  ],
  ['AI SDK', 'openai', (tool) => sentBy((url) => withAiSdk(aiSdkModel.openai(url), tool))],
  ['AI SDK', 'google', (tool) => sentBy((url) => withAiSdk(aiSdkModel.google(url), tool))],
  ['AI SDK', 'anthropic', (tool) => sentBy((url) => withAiSdk(aiSdkModel.anthropic(url), tool))],
  ['Mastra', 'openai', (tool) => sentBy((url) => withMastra(aiSdkModel.openai(url), tool))],
  ['Mastra', 'google', (tool) => sentBy((url) => withMastra(aiSdkModel.google(url), tool))],
  ['Mastra', 'anthropic', (tool) => sentBy((url) => withMastra(aiSdkModel.anthropic(url), tool))],
  ['OpenAI Agents SDK', 'openai', (tool) => sentBy((url) => withOpenAIAgents(url, tool))],
  ['LlamaIndex', 'openai', (tool) => sentBy((url) => withLlamaIndex(url, tool))],
]

const langchainModel = {
  openai: (baseURL: string) =>
    new ChatOpenAI({ model: 'gpt-5', apiKey, maxRetries: 0, configuration: { baseURL } }),
  google: (baseUrl: string) =>
    new ChatGoogleGenerativeAI({ model: 'gemini-3-pro', apiKey, maxRetries: 0, baseUrl }),
  anthropic: (anthropicApiUrl: string) =>
    new ChatAnthropic({ model: 'claude-opus-4-5', apiKey, maxRetries: 0, anthropicApiUrl }),
}

const aiSdkModel = {
  openai: (baseURL: string) => createOpenAI({ apiKey, baseURL })('gpt-5'),
  google: (baseURL: string) => createGoogleGenerativeAI({ apiKey, baseURL })('gemini-3-pro'),
  anthropic: (baseURL: string) => createAnthropic({ apiKey, baseURL })('claude-opus-4-5'),
}

type LangChainModel = ReturnType<(typeof langchainModel)[keyof typeof langchainModel]>

function langchainTool({ operation }: ToolCase) {
  return operation
    ? langchain.operationTool(undefined, operation)
    : langchain.secureFetchTool(undefined, { name: TOOL_NAME })
}

function withLangChain(model: LangChainModel, tool: ToolCase): Promise<unknown> {
  return model.bindTools([langchainTool(tool)]).invoke('go')
}

function withAiSdk(model: LanguageModel, { operation }: ToolCase): Promise<unknown> {
  const made = operation ? aiSdk.operationTool(undefined, operation) : aiSdk.secureFetchTool()
  return generateText({ model, maxRetries: 0, prompt: 'go', tools: { [TOOL_NAME]: made } })
}

type MastraModel = Extract<AgentConfig['model'], { specificationVersion: 'v2' }>

function withMastra(aiSdkModel: object, { operation }: ToolCase): Promise<unknown> {
  const made = operation ? mastra.operationTool(undefined, operation) : mastra.secureFetchTool()
  const agent = new Agent({
    id: 'a',
    name: 'a',
    instructions: 'Go.',
    // Mastra's type for these models asks for a stream where the model answers at once.
    model: aiSdkModel as MastraModel,
    tools: { [TOOL_NAME]: made },
    maxRetries: 0,
  })
  // Without a Mastra instance, the agent's own logger would print the answer 400.
  agent.__setLogger(noopLogger)
  return agent.generate('go')
}

function withOpenAIAgents(baseURL: string, { operation }: ToolCase): Promise<unknown> {
  const made = operation
    ? openaiAgents.operationTool(undefined, operation)
    : openaiAgents.secureFetchTool(undefined, { name: TOOL_NAME })
  const modelProvider = new OpenAIProvider({ apiKey, baseURL })
  const agent = new OpenAIAgent({ name: 'a', model: 'gpt-5', tools: [made] })
  return new Runner({ modelProvider, tracingDisabled: true }).run(agent, 'go')
}

function withLlamaIndex(baseURL: string, { operation }: ToolCase): Promise<unknown> {
  const made = operation
    ? llamaindex.operationTool(undefined, operation)
    : llamaindex.secureFetchTool(undefined, { name: TOOL_NAME })
  const llm = new OpenAI({ model: 'gpt-5', apiKey, baseURL, maxRetries: 0 })
  return llm.chat({ messages: [{ role: 'user', content: 'go' }], tools: [made] })
}
