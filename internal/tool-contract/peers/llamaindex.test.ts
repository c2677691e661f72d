import { AuthSecSecureReader, operationTool, secureFetchTool } from '@authsec/llamaindex'
import { watch } from '@authsec-internal/test-kit'
import { callTool } from '@llamaindex/core/agent'
import type { BaseTool } from '@llamaindex/core/llms'
import type { BaseReader, Document } from '@llamaindex/core/schema'
import { describeToolContract } from '../src/contract.ts'

const quiet = { log() {}, warn() {}, error() {} }

// The agents are in another package, whose range has no end: the tool is called as they call it.
describeToolContract('LlamaIndex', {
  tellsRunsApart: false,
  async run({ client, tool: order, calls, times, signal }) {
    const tool =
      order.kind === 'operation'
        ? operationTool(client, { ...order.options, signal })
        : secureFetchTool(client, { ...order.options, signal })
    const { name, description, parameters: schema } = (tool satisfies BaseTool).metadata
    const callAll = () =>
      Promise.all(
        calls.map((input, n) =>
          callTool(tool, { id: `c${n}`, name, input: { ...input } as never }, quiet),
        ),
      )
    const results = await callAll()
    for (let time = 1; time < times; time++) results.push(...(await callAll()))
    const reader: BaseReader<Document> = new AuthSecSecureReader({ client })
    watch('a reader', reader)
    const answers = results.map(({ output }) => String(output))
    return { answers, shown: [{ name, description, schema }], recorded: { results, answers } }
  },
})
