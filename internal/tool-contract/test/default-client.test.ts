import * as aiSdk from '@authsec/ai-sdk'
import * as langchain from '@authsec/langchain'
import * as llamaindex from '@authsec/llamaindex'
import * as mastra from '@authsec/mastra'
import * as openaiAgents from '@authsec/openai-agents'
import { testEmulator } from '@authsec-internal/test-kit'
import { RequestContext } from '@mastra/core/request-context'
import { RunContext } from '@openai/agents-core'
import { afterEach, expect, it, vi } from 'vitest'

afterEach(() => vi.unstubAllEnvs())

it('tools and readers of all packages without a client share one client and one token request', async () => {
  await using emulator = await testEmulator()
  vi.stubEnv('AUTHSEC_BASE_URL', emulator.baseUrl)
  vi.stubEnv('AUTHSEC_AGENT_CLIENT_ID', emulator.clientId)
  vi.stubEnv('AUTHSEC_API_URL', emulator.vaultUrl)
  const input = { endpoint: 'metrics' }
  const observe = { span: async (_name: string, run: () => unknown) => run(), log: () => undefined }
  const answers = await Promise.all([
    aiSdk.secureFetchTool().execute(input, { toolCallId: 'c1' }),
    mastra
      .secureFetchTool()
      .execute?.(input, { requestContext: new RequestContext(), observe } as never),
    langchain.secureFetchTool().invoke(input),
    llamaindex.secureFetchTool().call(input),
    openaiAgents.secureFetchTool().invoke(new RunContext(), JSON.stringify(input)),
    new llamaindex.AuthSecSecureReader().loadData({
      endpoint: 'records',
      permission: 'records:read',
    }),
  ])
  const [first, second, third, fourth, fifth, documents] = answers
  expect([first, second]).toMatchObject([{ ok: true }, { ok: true }])
  expect([third, fourth, fifth]).toEqual(Array(3).fill(expect.stringMatching(/^{"ok":true/)))
  expect(documents).not.toHaveLength(0)
  const requests = (path: RegExp): number =>
    emulator.requests.filter((request) => path.test(request.path)).length
  expect(requests(/delegation-token$/)).toBe(1)
  expect(requests(/^\/secure-vault\//)).toBeGreaterThanOrEqual(6)
})
