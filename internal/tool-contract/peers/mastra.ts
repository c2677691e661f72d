import { operationTool, secureFetchTool } from '@authsec/mastra'
import { Agent, type AgentConfig } from '@mastra/core/agent'
import { Mastra } from '@mastra/core/mastra'
import { peerContract } from './contract.ts'
import { plainModel } from './plain-model.ts'

await peerContract(async ({ client, operation, calls, signal }) => {
  const plain = plainModel(2, 'vault', calls)
  const model = plain.model as Extract<AgentConfig['model'], { specificationVersion: 'v2' }>
  const vault = operation ? operationTool(client, operation) : secureFetchTool(client)
  const agent = new Agent({ id: 'a', name: 'a', instructions: '', model, tools: { vault } })
  const run = new Mastra({ agents: { agent }, logger: false }).getAgent('agent')
  const abort = signal && { abortSignal: signal }
  const { steps, messages } = await run.generate('go', { maxSteps: 5, ...abort })
  return { answers: calls.map((_call, n) => plain.answerTo(`c${n}`)), kept: [steps, messages] }
})
