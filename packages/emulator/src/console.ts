import type { ApprovalSummary } from './ciba/approval-control.ts'
import type { EmulatorControl } from './control.ts'
import type { EmulatorHandler } from './emulator.ts'

export type ConsoleEmulator = Omit<EmulatorHandler, 'fetch'>

/** One line typed at the running emulator; returns what to print. */
export async function runCommand(line: string, emulator: ConsoleEmulator): Promise<string> {
  const { control } = emulator
  const [command = '', ...rest] = line.trim().split(/\s+/)
  switch (command) {
    case '':
      return ''
    case 'revoke':
      control.revoke()
      return 'Revoked: the next pull answers 404. Tokens already issued stay valid until they expire.'
    case 'expire':
      control.expire()
      return 'Expired: the vault refuses the token, the next pull answers 410 and later ones 404.'
    case 'delegate':
      control.delegate(rest.length > 0 ? { permissions: rest } : {})
      return `Delegated anew${rest.length > 0 ? ` with ${rest.join(', ')}` : ''}.`
    case 'rotate':
      await control.rotateKey()
      return 'The signing key was replaced: tokens issued before verify nowhere.'
    case 'approve':
    case 'deny':
      return decided(command, rest[0], control)
    case 'approvals':
      return control.approvals().map(approvalLine).join('\n') || 'Nobody has asked for approval.'
    case 'credentials':
      return credentials(emulator)
    case 'requests':
      return `${emulator.requests.length} requests so far.`
    default:
      return 'Commands: delegate [permission …], revoke, expire, rotate, approvals, approve [id], deny [id], credentials, requests, quit.'
  }
}

/** The start of an ID, as `approvals` lists it, is enough. */
function decided(
  command: 'approve' | 'deny',
  prefix: string | undefined,
  control: EmulatorControl,
): string {
  const named = control.approvals().find(({ authReqId }) => authReqId.startsWith(prefix ?? ''))
  try {
    control[command](prefix === undefined ? undefined : (named?.authReqId ?? prefix))
    return command === 'approve' ? 'Approved.' : 'Denied.'
  } catch (error) {
    return error instanceof Error ? error.message : 'That did not work.'
  }
}

/** What calls beyond the plain pull ask for; of no use anywhere else. */
async function credentials(emulator: ConsoleEmulator): Promise<string> {
  return [
    `CIBA client ID      ${emulator.cibaClientId}`,
    `CIBA client secret  ${emulator.cibaClientSecret}  (workspace profile)`,
    `admin session       ${await emulator.control.adminToken()}`,
  ].join('\n')
}

/** The message came over the network: what is not printable does not reach the terminal. */
function approvalLine({ authReqId, user, bindingMessage, status }: ApprovalSummary): string {
  const message = bindingMessage.replaceAll(/\p{C}/gu, '?')
  return `${authReqId.slice(0, 8)}  ${status.padEnd(8)}  ${user}  ${message}`
}
