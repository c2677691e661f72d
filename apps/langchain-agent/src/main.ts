import type { AuthSecClient } from '@authsec/core'
import {
  createDemoClient,
  createPrinter,
  type DemoArguments,
  parseDemoArguments,
  runDemo,
  waitForEnter,
} from '@authsec-apps/demo-kit'
import { runAnalyst } from './run-analyst.ts'

const HELP = `Security analyst on LangChain's agent loop, with an AuthSec delegation token.

Usage: pnpm demo [options]

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

const printer = createPrinter()

await runDemo(printer, async () => {
  const options = parseDemoArguments(process.argv.slice(2))
  if (options.help) {
    printer.block(HELP)
    return true
  }
  const client = createDemoClient(process.env, options)
  try {
    return await tell(client, options)
  } finally {
    await client.close()
  }
})

async function tell(client: AuthSecClient, options: DemoArguments): Promise<boolean> {
  printer.title('Security analyst · LangChain · AuthSec')
  printer.fact('Mode', client.mode)
  const token = await client.getDelegationToken()
  printer.fact('Token', token.fingerprint)
  printer.fact('Subject', token.redactedSubject)
  printer.fact('Permissions', token.permissions.join(', ') || 'none')
  printer.fact('Expires', token.expiresAt.toISOString())
  if (options.pause) {
    printer.step('Press Enter to let the agent start.')
    await waitForEnter()
  }
  return runAnalyst(client, printer, {
    endpoint: options.endpoint,
    openAiKey: process.env['OPENAI_API_KEY']?.trim() || undefined,
    openAiModel: process.env['OPENAI_MODEL']?.trim() || 'gpt-4o-mini',
  })
}
