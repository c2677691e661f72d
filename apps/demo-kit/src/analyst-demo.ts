import type { AuthSecClient } from '@authsec/core'
import { type DemoArguments, parseDemoArguments } from './demo-arguments.ts'
import { createDemoClient } from './demo-client.ts'
import { showIdentity } from './identity.ts'
import { createPrinter, type Printer } from './printer.ts'
import { runDemo } from './run-demo.ts'
import { questionAbout } from './story.ts'

export interface AnalystOptions {
  /** An endpoint of the user's own API, instead of the vault. */
  readonly endpoint: string | undefined
  readonly question: string
  readonly openAiKey: string | undefined
  readonly openAiModel: string
}

/** The framework's part: runs the agent, shows its answer, returns what went wrong in tools. */
export type Analyst = (
  client: AuthSecClient,
  printer: Printer,
  options: AnalystOptions,
) => Promise<readonly string[]>

export interface AnalystDemo {
  /** As on screen: `LangChain`. */
  readonly framework: string
  /** As after `pnpm demo`. */
  readonly name: string
  /** Brings the framework: loaded late, so that help and mistakes need not wait for it. */
  readonly load: () => Promise<{ analyst: Analyst }>
}

/** The security analyst's story, told the same for every framework, to its exit code. */
export async function runAnalystDemo(demo: AnalystDemo): Promise<void> {
  const printer = createPrinter()
  await runDemo(printer, async () => {
    const options = parseDemoArguments(process.argv.slice(2))
    if (options.help) {
      printer.block(helpFor(demo))
      return true
    }
    const client = createDemoClient(process.env, options)
    try {
      return await tell(demo, client, printer, options)
    } finally {
      await client.close()
    }
  })
}

async function tell(
  { framework, load }: AnalystDemo,
  client: AuthSecClient,
  printer: Printer,
  { endpoint, pause }: DemoArguments,
): Promise<boolean> {
  printer.title(`Security analyst · ${framework} · AuthSec`)
  await showIdentity(client, printer, { pause })
  const { analyst } = await load()
  const openAiKey = process.env['OPENAI_API_KEY']?.trim() || undefined
  const openAiModel = process.env['OPENAI_MODEL']?.trim() || 'gpt-4o-mini'
  const model = openAiKey ? `OpenAI ${openAiModel}` : 'scripted (OPENAI_API_KEY is not set)'
  printer.fact('Model', model)
  const question = questionAbout(endpoint)
  printer.title(question)
  const options = { endpoint, question, openAiKey, openAiModel }
  const problems = new Set(await analyst(client, printer, options))
  for (const problem of problems) printer.bad(problem)
  if (problems.size === 0)
    printer.good('Done. No API key was used, and the model never saw a token.')
  return problems.size === 0
}

function helpFor({ framework, name }: AnalystDemo): string {
  return `Security analyst on ${framework}'s agent loop, with an AuthSec delegation token.

Usage: pnpm demo ${name} [options]

  --api URL --endpoint PATH   read an endpoint of a protected API of your own (live only)
  --pause                     wait for Enter between the token and the first call
  --help                      this text

Environment:
  AUTHSEC_BASE_URL, AUTHSEC_AGENT_CLIENT_ID   the AuthSec server and the agent; without them a
                                              local emulator answers (mock mode)
  AUTHSEC_MODE       auto (default here), live or mock
  AUTHSEC_API_URL    the protected API; default: secure-vault beside the AuthSec server
  OPENAI_API_KEY     a real model thinks; without it a scripted one does
  OPENAI_MODEL       default gpt-4o-mini
`
}
