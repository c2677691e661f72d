import { parseArgs } from 'node:util'
import { createPrinter, runDemo, UsageError } from '@authsec-apps/demo-kit'
import { runAnalyst } from './analyst.ts'
import { connectHttp, connectStdio } from './connection.ts'

const HELP = `A crew's analyst that reaches guarded tools over MCP, with an AuthSec delegation token.

Usage: pnpm demo mcp-crew [options]

  --http      use streamable HTTP instead of standard input and output
  --help      print this text

Environment, passed to the server (authsec-mcp):
  AUTHSEC_BASE_URL, AUTHSEC_AGENT_CLIENT_ID   the AuthSec server and the agent; without them a
                                              local emulator answers (mock mode)
  AUTHSEC_MODE       auto (default here), live or mock
  AUTHSEC_API_URL    the protected API; default: secure-vault beside the AuthSec server
`

const printer = createPrinter()

await runDemo(printer, async () => {
  const options = parse(process.argv.slice(2))
  if (options.help) {
    printer.block(HELP)
    return true
  }
  printer.title('Security analyst · MCP · AuthSec')
  const connection = await (options.http ? connectHttp : connectStdio)(process.env)
  try {
    printer.fact('Server', 'authsec-mcp')
    printer.fact('Protocol', connection.description)
    return await runAnalyst(connection.client, printer)
  } finally {
    await connection.close()
  }
})

function parse(args: string[]): { http: boolean; help: boolean } {
  try {
    const { values } = parseArgs({
      args,
      options: {
        http: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    return values
  } catch (error) {
    const sentence = error instanceof Error ? error.message.split('. ')[0] : 'Bad options'
    throw new UsageError(`${sentence?.replace(/\.$/, '')}. Try --help.`)
  }
}
