import type { AuthSecClient } from '@authsec/core'
import { AuthSecSecureReader, operationTool, secureFetchTool } from '@authsec/llamaindex'
import type { BaseTool } from '@llamaindex/core/llms'
import type { BaseReader, Document } from '@llamaindex/core/schema'
import { record } from './operation.ts'

/** Only compiled: the reader and the tools fit this version of LlamaIndex without a cast. */
export function partsOf(client: AuthSecClient): {
  reader: BaseReader<Document>
  tools: BaseTool[]
} {
  const reader = new AuthSecSecureReader({
    client,
    endpoint: 'records',
    permission: 'records:read',
  })
  return { reader, tools: [secureFetchTool(client), operationTool(client, record)] }
}
