/**
 * Tests that `pnpm test` leaves to commands of their own: it stays below four minutes on two cores, and needs Node.js
 * alone. It excludes what is listed here, so that no test is in neither.
 */
export const suites = {
  /** The agent loop of every framework, many agents and paused runs in it, random runs of approvals, and the bench, which loads all of them too. */
  contract: [
    'internal/{tool-contract,durable-runs,wire-schemas,bench}/test/**/!(*restart).test.ts',
    'packages/{ai-sdk,langchain,llamaindex,mastra,mcp,openai-agents}/test/agents.test.ts',
    'packages/langchain/test/memory.test.ts',
    'packages/{ai-sdk,langchain,mastra,mcp,openai-agents}/test/{suspend,durable-agent,approval-stream,agents-approvals,before-tool-call,approvals,going-away,rounds}.test.ts',
  ],
  /** What documents say: their examples compile and run, their tables are those of the code, their links lead somewhere. */
  docs: [
    'internal/{docs-check,site}/test/**/*.test.ts',
    'internal/release-checks/test/readmes.test.ts',
  ],
  /** Each demo as a process, in mock mode and live. */
  demos: ['apps/*/test/{demo,rag}.test.ts'],
  /** Programs and bundles that are started, servers that hang, and several processes that race or are killed. */
  processes: [
    '{packages,internal}/*/test/**/*-processes.test.ts',
    'packages/emulator/test/bin.test.ts',
    'packages/cli/test/{command-line,init,doctor-server,doctor-store,doctor-api}.test.ts',
    'packages/mcp/test/{stdio,configuration,openapi,proxy}.test.ts',
    'packages/core/test/{bundles,clock-and-process,closed-clients,durable-claim,stream-memory,web-build}.test.ts',
    'packages/core/test/{file-store,request-bound,shared-token-mixups,shared-token-storms,store-races}.test.ts',
    'apps/vault-api/test/vault-api.test.ts',
  ],
  /** All runs of every host, of which `contract` makes a few of core, and real restarts. */
  durable: ['{packages,internal}/*/test/**/*{durable-runs,restart}.test.ts'],
  /** What needs a Redis server. */
  redis: ['{packages/*,examples/kubernetes}/test/*.redis.test.ts'],
} satisfies Readonly<Record<string, readonly string[]>>

/**
 * What also runs with the files that core has for runtimes without Node.js (`pnpm test:edge`): the agent loops, and
 * the tests of core and verify.
 */
export const edge = [
  'internal/tool-contract/test/**/*.test.ts',
  'packages/{core,verify}/test/**/*.test.ts',
]

/** Tests of what those runtimes have not, or of how Node.js does it. `web*.test.ts` of the packages say what they do instead. */
export const nodeOnly = [
  // Files.
  'packages/core/test/{audit-buffered,audit-file-size,audit-full-disk,audit-log,audit-verify,file-store,store}.test.ts',
  'packages/core/test/durable-claim.test.ts',
  // Undici: what a name resolves to, dispatchers, proxies, its channels, the code of a connection that failed.
  'packages/core/test/{addresses,dispatch,dispatchers,final-failures,proxy,runtimes,tracing,undici-stub}.test.ts',
  // Processes, bundles for Node.js, and ratios of time.
  'packages/verify/test/{addresses,proxy}.test.ts',
  'packages/core/test/{*-processes,clock-and-process,bundles,guard-cost,cheap-checks,stream-memory}.test.ts',
]
