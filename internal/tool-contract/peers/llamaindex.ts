import { AuthSecSecureReader, operationTool, secureFetchTool } from '@authsec/llamaindex'
import { callTool } from '@llamaindex/core/agent'
import { peerContract } from './contract.ts'

const quiet = { log() {}, warn() {}, error() {} }

// The framework's own way to call a tool; its agents are in another package, without an end to its range.
await peerContract(async ({ client, operation, calls, signal }) => {
  const tool = operation
    ? operationTool(client, { ...operation, signal })
    : secureFetchTool(client, { signal })
  const name = tool.metadata.name
  const results = await Promise.all(
    calls.map((input, n) =>
      callTool(tool, { id: `c${n}`, name, input: { ...input } as never }, quiet),
    ),
  )
  const answers = results.map(({ output }) => String(output))
  return { answers, kept: [results, new AuthSecSecureReader({ client })] }
})
