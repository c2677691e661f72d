import type { AuthSecClient, DelegationToken } from '@authsec/core'
import { factsOf } from '../doctor/checks/delegation.ts'
import { printFailure } from '../output/failure.ts'
import type { Io } from '../output/io.ts'
import { json, paint, rows } from '../output/text.ts'
import { UsageError } from '../output/usage-error.ts'
import { createClient } from '../settings/client.ts'
import { readSettings, type ServerFlags } from '../settings/settings.ts'

export interface TokenFlags extends ServerFlags {
  readonly json?: boolean | undefined
  readonly raw?: boolean | undefined
}

interface Smoke {
  readonly token: DelegationToken
  /** Requests to AuthSec after the first and the second call. */
  readonly afterSecond: number
  readonly isSameAfterRefresh: boolean
  readonly requests: number
}

/** Pulls the token, takes it from memory, and pulls it again. */
export async function token(flags: TokenFlags, io: Io): Promise<number> {
  if (flags.raw && flags.json) throw new UsageError('--raw prints the token alone. Omit --json.')
  const asJson = flags.json ?? false
  let requests = 0
  try {
    const client = createClient(readSettings(flags, io), io, ({ type }) => {
      if (type === 'token.requested') requests += 1
    })
    try {
      if (flags.raw) return await printRaw(client, io)
      const smoke = await run(client, () => requests)
      if (asJson) io.out(json(factsOfSmoke(client, smoke)))
      else print(client, smoke, io)
      return 0
    } finally {
      await client.close()
    }
  } catch (error) {
    return printFailure(error, asJson, io)
  }
}

async function run(client: AuthSecClient, requests: () => number): Promise<Smoke> {
  const token = await client.getDelegationToken()
  await client.getDelegationToken()
  const afterSecond = requests()
  const refreshed = await client.getDelegationToken({ forceRefresh: true })
  const isSameAfterRefresh = refreshed.fingerprint === token.fingerprint
  return { token, afterSecond, isSameAfterRefresh, requests: requests() }
}

function factsOfSmoke(
  { mode }: AuthSecClient,
  { token, afterSecond, isSameAfterRefresh, requests }: Smoke,
): unknown {
  return {
    mode,
    ...factsOf(token),
    cached: afterSecond === 1,
    refresh: { requests: requests - afterSecond, sameToken: isSameAfterRefresh },
  }
}

function print({ mode }: AuthSecClient, smoke: Smoke, io: Io): void {
  const { token, afterSecond, isSameAfterRefresh } = smoke
  const minutes = Math.round((token.expiresAt.getTime() - Date.now()) / 60_000)
  const refresh = isSameAfterRefresh
    ? 'AuthSec returned the same token: it changes when an administrator delegates again'
    : 'AuthSec returned a newer token'
  io.out(
    rows([
      ['mode', mode],
      ['token', token.fingerprint],
      ['subject', token.redactedSubject],
      ['permissions', token.permissions.join(', ') || 'none'],
      ['audience', token.audience.join(', ') || 'none'],
      ['expires', `${token.expiresAt.toISOString()} (in ${minutes} min)`],
      ['second call', afterSecond === 1 ? 'from memory, without a request' : 'made a request'],
      ['refresh', refresh],
    ]),
  )
}

async function printRaw(client: AuthSecClient, io: Io): Promise<number> {
  const { value } = await client.getDelegationToken()
  if (io.isTerminal) {
    const warning = 'The next line is the token: a secret. Keep it out of logs and chats.'
    io.err(`${paint(io, 'note', 'warning')}  ${warning}\n`)
  }
  io.out(`${value}\n`)
  return 0
}
