import { AuthSecError } from '@authsec/core'
import type { Io } from './io.ts'
import { json, paint } from './text.ts'

interface Failure {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly status?: number | undefined
  readonly detail?: string | undefined
  readonly systemCode?: string | undefined
  readonly requestId?: string | undefined
}

/** Prints why a command failed, and returns 1. An error that is not of AuthSec is named and not quoted: its text may hold a secret. */
export function printFailure(error: unknown, asJson: boolean, io: Io): 1 {
  const failure = failureOf(error)
  if (asJson) {
    io.out(json({ error: failure }))
    return 1
  }
  const { code, message, hint, detail } = failure
  const said = detail === undefined ? '' : `  said  ${JSON.stringify(detail)}\n`
  io.err(`${paint(io, 'bad', code)}  ${message}\n${said}  fix   ${hint}\n`)
  io.err(`  more  authsec explain ${code}\n`)
  return 1
}

function failureOf(error: unknown): Failure {
  if (AuthSecError.isInstance(error)) {
    const { code, message, hint, status, detail, systemCode, requestId } = error
    return { code, message, hint, status, detail, systemCode, requestId }
  }
  const name = error instanceof Error ? error.name : 'error'
  return {
    code: 'unexpected',
    message: `An unexpected ${name} ended the command.`,
    hint: 'Report it: https://github.com/authsec-ai/authsec-agents-js/issues',
  }
}
