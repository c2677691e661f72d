import { inspect } from 'node:util'
import { assert } from './broken-promise.ts'
import type { Payment } from './host.ts'
import type { World } from './world.ts'

/** Judges by the protected API and the emulator alone: what the processes say about themselves does not count. */
export interface Oracle {
  /** What a person decided. */
  decided(authReqId: string, decision: 'approve' | 'deny'): void
  /** How often the API paid, and how often somebody was asked, since the last call of this function. */
  news(): { readonly paid: readonly Payment[]; readonly asked: readonly string[] }
  /** Throws unless everything that was paid had an approval of its own. */
  judge(): void
  /** Throws when a text or value holds a secret. */
  assertClean(where: string, value: unknown): void
}

export function createOracle({ emulator, executed, approvers }: World): Oracle {
  const { control } = emulator
  const approved: string[] = []
  let paidBefore = 0
  let askedBefore = 0

  function judge(): void {
    const granted = approved.flatMap((id) => {
      const question = control.approvals().find(({ authReqId }) => authReqId === id)
      const isRight = question !== undefined && approvers.includes(question.user)
      return isRight ? paymentIn(question.bindingMessage) : []
    })
    for (const [payment, times] of counted(executed.map(nameOf))) {
      const most = counted(granted).get(payment) ?? 0
      assert(times <= most, `The API paid ${payment} ${times} times for ${most} approvals.`)
    }
  }

  return {
    decided(authReqId, decision) {
      if (decision === 'approve') approved.push(authReqId)
    },
    news() {
      const paid = executed.slice(paidBefore)
      const asked = control
        .approvals()
        .slice(askedBefore)
        .map(({ authReqId }) => authReqId)
      paidBefore = executed.length
      askedBefore += asked.length
      return { paid, asked }
    },
    judge,
    assertClean(where, value) {
      const text = typeof value === 'string' ? value : inspect(value, { depth: 8 })
      const ids = control.approvals().map(({ authReqId }) => authReqId)
      const secrets = [...ids, ...control.issuedSecrets]
      assert(!secrets.some((secret) => text.includes(secret)), `${where} holds a secret.`)
    },
  }
}

const nameOf = ({ to, amount }: Payment): string => `${amount} to ${to}`

/** The message on the device, `Pay "2" to "acme"? CODE`, is what its approver agreed to. */
function paymentIn(message: string): string {
  const [, amount, to] = /^Pay "?(\d+)"? to "?(\w+)"?\?/.exec(message) ?? []
  if (amount === undefined || to === undefined) {
    throw new Error(`The message cannot be read: ${message}`)
  }
  return `${amount} to ${to}`
}

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
