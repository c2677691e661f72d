import { operationTool } from '@authsec/ai-sdk'
import { type AuthSecClient, createAuthSecClientFromEnv } from '@authsec/core'
import { generateText, stepCountIs, type ToolSet } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { z } from 'zod'
import { assertSame, attempt, clientOf, verifyTokens } from './program.js'
import type { Place, Report } from './report.ts'

/** The program with an agent of the AI SDK, whose model calls one tool and is done. */
export async function run(place: Place): Promise<Report> {
  return {
    'mock call': await attempt(() =>
      withAgent(createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' }), readRecords, {}),
    ),
    'live call': await attempt(() => withAgent(clientOf(place), readRecords, {})),
    approval: await attempt(() => withAgent(clientOf(place), closeAccount, { id: 'a-1' })),
    verify: await attempt(() => verifyTokens(place)),
  }
}

type MakeTool = (client: AuthSecClient) => ToolSet[string]

const readRecords: MakeTool = (client) =>
  operationTool(client, {
    name: 'read_records',
    description: 'A record of the vault.',
    path: 'records',
    params: z.object({ limit: z.number().default(1) }),
  })

const closeAccount: MakeTool = (client) =>
  operationTool(client, {
    name: 'close_account',
    description: 'Closes an account for good.',
    method: 'POST',
    path: 'accounts/{id}/close',
    params: z.object({ id: z.string() }),
    approval: { message: 'Close account {id}?' },
  })

async function withAgent(client: AuthSecClient, makeTool: MakeTool, input: object): Promise<void> {
  try {
    const { steps } = await generateText({
      model: modelThatCalls(input),
      tools: { the_tool: makeTool(client) },
      stopWhen: stepCountIs(2),
      prompt: 'Go on.',
    })
    const [result] = steps.flatMap(({ toolResults }) => toolResults)
    const { ok, status, message } = Object(result?.output)
    if (ok !== true) throw new Error(`The tool answered: ${message ?? 'nothing'}`)
    assertSame('status', status, 200)
  } finally {
    await client.close()
  }
}

const usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
}

function modelThatCalls(input: object): MockLanguageModelV4 {
  const call = { type: 'tool-call' as const, toolCallId: 'call-1', toolName: 'the_tool' }
  return new MockLanguageModelV4({
    async doGenerate({ prompt }) {
      const isAnswered = prompt.some(({ role }) => role === 'tool')
      const unified = isAnswered ? ('stop' as const) : ('tool-calls' as const)
      return {
        content: isAnswered
          ? [{ type: 'text', text: 'Done.' }]
          : [{ ...call, input: JSON.stringify(input) }],
        finishReason: { unified, raw: unified },
        usage,
        warnings: [],
      }
    },
  })
}
