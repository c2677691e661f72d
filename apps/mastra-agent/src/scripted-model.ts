import { scriptFor } from '@authsec-apps/demo-kit'
import type { AgentConfig } from '@mastra/core/agent'

type Model = Extract<AgentConfig['model'], { specificationVersion: 'v2' }>
type Options = Parameters<Model['doGenerate']>[0]

const usage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 }

/** A plain language model for runs without a key, in the form that Mastra takes from any provider. */
export function scriptedModel(endpoint: string | undefined): Model {
  const { calls, answer } = scriptFor(endpoint)
  const contents = calls.map(({ id, name, args }) => {
    return { type: 'tool-call', toolCallId: id, toolName: name, input: JSON.stringify(args) }
  })
  const model = {
    specificationVersion: 'v2',
    provider: 'scripted',
    modelId: 'scripted',
    supportedUrls: {},
    async doGenerate({ prompt }: Options) {
      const results = resultsIn(prompt)
      if (results.size === 0) {
        return { content: contents, finishReason: 'tool-calls', usage, warnings: [] }
      }
      const text = answer((id) => results.get(id))
      return { content: [{ type: 'text', text }], finishReason: 'stop', usage, warnings: [] }
    },
    async doStream() {
      throw new Error('The scripted model does not stream.')
    },
  }
  return model as Model
}

function resultsIn(prompt: Options['prompt']): Map<string, string> {
  const parts = prompt.flatMap(({ role, content }) => (role === 'tool' ? content : []))
  return new Map(
    parts.map(({ toolCallId, output }) => {
      const { value } = output
      return [toolCallId, typeof value === 'string' ? value : JSON.stringify(value)]
    }),
  )
}
