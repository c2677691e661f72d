import type { Approval, AuthSecClient, PendingApproval } from '@authsec/core'

/**
 * Waits for the answer to a question inside the call. A question that only this call waits for ends with the wait:
 * its approver may be asked something else. A sealed one is in a checkpoint, from where another run carries it on.
 */
export async function waitHere(
  client: AuthSecClient,
  asked: PendingApproval | string,
  options: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined },
): Promise<Approval> {
  try {
    return await client.waitForApproval(asked, options)
  } catch (error) {
    if (typeof asked !== 'string') client.cancelApproval(asked)
    throw error
  }
}
