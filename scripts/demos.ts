/** The demos that `pnpm demo NAME` runs; the first one runs without a name. */
export interface Demo {
  readonly name: string
  readonly main: string
  readonly about: string
}

const first: Demo = {
  name: 'langchain-agent',
  main: 'apps/langchain-agent/src/main.ts',
  about: "a security analyst on LangChain's agent loop",
}

export const demos: readonly [Demo, ...Demo[]] = [
  first,
  {
    name: 'ai-sdk-agent',
    main: 'apps/ai-sdk-agent/src/main.ts',
    about: 'the same on the Vercel AI SDK, answer streamed',
  },
  {
    name: 'mastra-agent',
    main: 'apps/mastra-agent/src/main.ts',
    about: 'the same on Mastra',
  },
  {
    name: 'llamaindex-rag',
    main: 'apps/llamaindex-rag/src/main.ts',
    about: 'answers from restricted records on LlamaIndex: who asks decides what there is to find',
  },
  {
    name: 'mcp-crew',
    main: 'apps/mcp-crew/src/main.ts',
    about: "a crew's analyst over MCP, as CrewAI and desktop clients come: stdio and HTTP",
  },
]
