import { parseArgs } from 'node:util'
import type { AuthSecClient } from '@authsec/core'
import { createEmulator } from '@authsec/emulator'
import {
  createDemoClient,
  createPrinter,
  runDemo,
  showIdentity,
  UsageError,
} from '@authsec-apps/demo-kit'

const HELP = `Answers questions with LlamaIndex.TS from those restricted records that the asker may see.

Usage: pnpm demo llamaindex-rag [options]

  --question TEXT   ask this question instead of the three built-in ones
  --pause           wait for Enter between the token and the first call
  --help            this text

Environment:
  AUTHSEC_BASE_URL, AUTHSEC_AGENT_CLIENT_ID   the AuthSec server and the agent; without them a
                                              local emulator answers (mock mode)
  AUTHSEC_MODE       auto (default here), live or mock
  AUTHSEC_API_URL    the protected API; default: secure-vault beside the AuthSec server
  OPENAI_API_KEY     use OpenAI's embeddings and model; without it the embedding is local and the
                     answers are quotes
  OPENAI_MODEL       default gpt-4o-mini

In live mode, the agent reads restricted records only with the permission for them:
  pnpm emulator --permissions records:read,records:restricted
`

interface Options {
  help: boolean
  pause: boolean
  question: string | undefined
}

function parseOptions(argv: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        pause: { type: 'boolean', default: false },
        question: { type: 'string' },
      },
    })
    return { help: values.help, pause: values.pause, question: values.question }
  } catch (error) {
    const message = error instanceof Error ? error.message.split('. ')[0] : 'Unknown options'
    throw new UsageError(`${message}. Try --help.`)
  }
}

const printer = createPrinter()

await runDemo(printer, async () => {
  const { help, pause, question } = parseOptions(process.argv.slice(2))
  if (help) {
    printer.block(HELP)
    return true
  }
  // In mock mode the agent may see everything, so that the second asker can have fewer permissions.
  const permissions = ['records:read', 'records:restricted']
  const emulator = createEmulator({ permissions, mockIssuer: true, rateLimit: false })
  const client = createDemoClient(process.env, { api: undefined }, { emulator })
  try {
    return await present(client, { pause, question })
  } finally {
    await client.close()
  }
})

async function present(
  client: AuthSecClient,
  { pause, question }: { pause: boolean; question: string | undefined },
): Promise<boolean> {
  printer.title('Restricted records · LlamaIndex · AuthSec')
  await showIdentity(client, printer, { pause })
  // LlamaIndex takes seconds to load, so a missing token is reported first.
  const { chooseModels } = await import('./models.ts')
  const { QUESTIONS, runRag } = await import('./run-rag.ts')
  const apiKey = process.env['OPENAI_API_KEY']?.trim() || undefined
  const models = await chooseModels(apiKey, process.env['OPENAI_MODEL']?.trim() || 'gpt-4o-mini')
  return runRag(client, printer, models, question === undefined ? QUESTIONS : [question])
}
