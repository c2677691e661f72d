import { parseArgs } from 'node:util'
import { createPrinter, runDemo, UsageError } from '@authsec-apps/demo-kit'

const HELP = `A chat in the browser whose agent reads records at once, and asks a person before it deletes one.

Usage: pnpm demo ai-sdk-chat [options]

  --help      this text

It runs until Ctrl-C.

Environment:
  AUTHSEC_BASE_URL, AUTHSEC_AGENT_CLIENT_ID   the AuthSec server and the agent; without them an
                                              emulator with its console starts (mock mode)
  AUTHSEC_MODE       auto (default here), live or mock
  AUTHSEC_API_URL    the protected API, with GET records and DELETE records/ID;
                     default: secure-vault beside the AuthSec server
  AUTHSEC_APPROVER   who is asked; default approver@example.com
  OPENAI_API_KEY     a real model thinks; without it a scripted one does
  OPENAI_MODEL       default gpt-4o-mini
`

const printer = createPrinter()
const stopped = Promise.withResolvers<void>()
// Several signals are one: a terminal sends its own to every process of `pnpm demo`.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.resolve())

await runDemo(printer, async () => {
  if (wantsHelp(process.argv.slice(2))) {
    printer.block(HELP)
    return true
  }
  printer.title('A chat whose agent asks first · Vercel AI SDK · AuthSec')
  // Vite and React take a moment, so help and mistakes need not wait for them.
  const { startDemo } = await import('./start-demo.ts')
  const demo = await startDemo(process.env)
  try {
    printer.fact('Mode', demo.mode)
    printer.fact('Model', demo.model)
    printer.fact('Chat', demo.chatUrl)
    printer.fact('Console', demo.consoleUrl ?? "none: decide on the approver's device")
    printer.fact('API', demo.apiUrl)
    printer.step(
      'Open the chat, ask for “Delete rec-0042”, and decide in the console. Ctrl-C ends.',
    )
    await stopped.promise
  } finally {
    await demo.close()
  }
  printer.good('Stopped.')
  return true
})

function wantsHelp(args: string[]): boolean {
  try {
    return parseArgs({ args, options: { help: { type: 'boolean', short: 'h', default: false } } })
      .values.help
  } catch (error) {
    const sentence = error instanceof Error ? error.message.split('. ')[0] : 'Unknown options'
    throw new UsageError(`${sentence}. Try --help.`)
  }
}
