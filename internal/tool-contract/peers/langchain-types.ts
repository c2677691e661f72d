import type { AuthSecClient } from '@authsec/core'
import { operationTool, secureFetchTool } from '@authsec/langchain'
import type { StructuredToolInterface } from '@langchain/core/tools'
import { record } from './operation.ts'

/** Only compiled: the tools are LangChain's without a cast. */
export const toolsOf = (client: AuthSecClient): StructuredToolInterface[] => [
  secureFetchTool(client),
  operationTool(client, record),
]

export function wrong(client: AuthSecClient): void {
  // @ts-expect-error: id is a string
  void operationTool(client, record).invoke({ id: 5 })
}
