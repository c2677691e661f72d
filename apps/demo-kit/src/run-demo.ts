import { AuthSecError } from '@authsec/core'
import { UsageError } from './demo-arguments.ts'
import type { Printer } from './printer.ts'

/** Runs a demo to its exit code: a failure is one sentence and its remedy, never a stack trace. */
export async function runDemo(printer: Printer, main: () => Promise<boolean>): Promise<void> {
  try {
    process.exitCode = (await main()) ? 0 : 1
  } catch (error) {
    process.exitCode = 1
    if (AuthSecError.isInstance(error)) {
      printer.bad(error.message)
      printer.fact('What to do', error.hint)
    } else {
      printer.bad(error instanceof Error ? error.message : 'The demo failed.')
      if (!(error instanceof UsageError))
        printer.fact('What to do', 'Check the message above and try again.')
    }
  }
}
