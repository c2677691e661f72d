import type { AuthSecClient } from '@authsec/core'
import { waitForEnter } from './pause.ts'
import type { Printer } from './printer.ts'

/** Gets the token and shows what a person may know of it; with `pause`, waits for Enter then. Throws `DelegationError`. */
export async function showIdentity(
  client: AuthSecClient,
  printer: Printer,
  { pause }: { pause: boolean },
): Promise<void> {
  printer.fact('Mode', client.mode)
  const token = await client.getDelegationToken()
  printer.fact('Token', token.fingerprint)
  printer.fact('Subject', token.redactedSubject)
  printer.fact('Permissions', token.permissions.join(', ') || 'none')
  printer.fact('Expires', token.expiresAt.toISOString())
  if (pause) {
    printer.step('Press Enter to let the agent start.')
    await waitForEnter()
  }
}
