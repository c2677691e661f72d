import type { ApprovalSummary } from './ciba/decidable-request.ts'
import type { EmulatorControl } from './control.ts'
import type { EmulatorHandler } from './emulator.ts'
import { ConfigError } from './errors.ts'

export type TerminalEmulator = Omit<EmulatorHandler, 'fetch'>

/** Runs one line that was typed while the emulator runs. Returns the text to print. */
export async function runCommand(line: string, emulator: TerminalEmulator): Promise<string> {
  try {
    return await run(line, emulator)
  } catch (error) {
    return errorLine(error)
  }
}

/** An error for a person at a terminal: the message and the remedy, without a stack. */
export function errorLine(error: unknown): string {
  if (ConfigError.isInstance(error)) return `${error.message} ${error.hint}`
  return error instanceof Error ? error.message : 'The emulator failed.'
}

async function run(line: string, emulator: TerminalEmulator): Promise<string> {
  const { control } = emulator
  const [command = '', ...rest] = line.trim().split(/\s+/)
  switch (command) {
    case '':
      return ''
    case 'revoke':
      control.revoke()
      return 'Revoked. The token endpoint now returns 404. Issued tokens stay valid until they expire.'
    case 'expire':
      control.expire()
      return 'Expired. The vault rejects the token. The token endpoint returns 410 once, then 404.'
    case 'delegate':
      control.delegate(rest.length > 0 ? { permissions: rest } : {})
      return `Delegated again${rest.length > 0 ? ` with ${rest.join(', ')}` : ''}.`
    case 'rotate':
      await control.rotateKey()
      return 'Replaced the signing key. Tokens that were issued before no longer verify.'
    case 'approve':
    case 'deny':
      return decideRequest(command, rest[0], control)
    case 'approvals':
      return control.approvals().map(approvalLine).join('\n') || 'There are no approval requests.'
    case 'credentials':
      return credentials(emulator, rest[0])
    case 'requests':
      return `${emulator.requests.length} requests so far.`
    default:
      return 'Commands: delegate [permission …], revoke, expire, rotate, approvals, approve [id], deny [id], credentials [email], requests, quit.'
  }
}

/** A user may type the start of an ID, because `approvals` prints only that. */
function decideRequest(
  command: 'approve' | 'deny',
  prefix: string | undefined,
  control: EmulatorControl,
): string {
  const named = control.approvals().find(({ authReqId }) => authReqId.startsWith(prefix ?? ''))
  control[command](prefix === undefined ? undefined : (named?.authReqId ?? prefix))
  return command === 'approve' ? 'Approved.' : 'Denied.'
}

/** The credentials for calls other than the token endpoint. They are valid only at this emulator. */
async function credentials(emulator: TerminalEmulator, email: string | undefined): Promise<string> {
  return [
    `CIBA client ID      ${emulator.cibaClientId}`,
    `CIBA client secret  ${emulator.cibaClientSecret}  (workspace profile)`,
    `admin session       ${await emulator.control.adminToken()}`,
    `user session        ${await emulator.control.userToken(email)}`,
  ].join('\n')
}

/** The message came over the network, so characters that are not printable are replaced. */
function approvalLine({ authReqId, user, bindingMessage, status }: ApprovalSummary): string {
  const message = bindingMessage.replaceAll(/\p{C}/gu, '?')
  return `${authReqId.slice(0, 8)}  ${status.padEnd(8)}  ${user}  ${message}`
}
