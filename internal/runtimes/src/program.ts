import { createAuthSecClient, createAuthSecClientFromEnv } from '@authsec/core'
import { defineOperation } from '@authsec/core/tool'
import { createDelegationVerifier, VerificationError } from '@authsec/verify'
import { z } from 'zod'
import type { Place, Report, Step } from './report.ts'

/**
 * What every runtime runs: each step that the table has a column for. It is the code of a user, so it uses nothing that
 * some runtimes have and others lack. A step that fails does not keep the others from running.
 */
export async function run(place: Place): Promise<Report> {
  return {
    'mock call': await attempt(mockCall),
    'live call': await attempt(() => liveCall(place)),
    approval: await attempt(() => approvedCall(place)),
    verify: await attempt(() => verifyTokens(place)),
  }
}

/** A step of the program: what it threw is what it reports. */
export async function attempt(step: () => Promise<void>): Promise<Step> {
  try {
    await step()
    return { ok: true }
  } catch (error) {
    const { name, code, message, hint, cause } = Object(error)
    const isRefusal = name === 'ConfigError'
    const said = [message, hint, isRefusal ? undefined : causeText(cause)].filter(Boolean).join(' ')
    return { ok: false, isRefusal, error: code ? `${code}: ${said}` : said }
  }
}

function causeText(cause: unknown): string | undefined {
  return cause === undefined ? undefined : `(${Object(cause).code ?? String(cause)})`
}

/** The emulator answers inside of the process. */
async function mockCall(): Promise<void> {
  const client = createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' })
  try {
    const { status } = await client.secureFetch({ endpoint: 'metrics' })
    assertSame('mode', client.mode, 'mock')
    assertSame('status', status, 200)
  } finally {
    await client.close()
  }
}

async function liveCall(place: Place): Promise<void> {
  const client = clientOf(place)
  try {
    const { status, data } = await client.secureFetch({
      endpoint: 'records',
      query: { limit: 1 },
    })
    assertSame('mode', client.mode, 'live')
    assertSame('status', status, 200)
    assertSame('type of total', typeof Object(data).total, 'number')
  } finally {
    await client.close()
  }
}

/** A person approves, here at once, and the API carries the call out. */
async function approvedCall(place: Place): Promise<void> {
  const client = clientOf(place)
  try {
    const tool = defineOperation(client, {
      name: 'close_account',
      description: 'Closes an account for good.',
      method: 'POST',
      path: 'accounts/{id}/close',
      params: z.object({ id: z.string() }),
      approval: { message: 'Close account {id}?' },
    })
    const outcome = await tool.execute({ id: 'a-1' })
    if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.message}`)
    assertSame('status', outcome.status, 200)
  } finally {
    await client.close()
  }
}

/** An API of its own accepts the agent's token, and no other. */
export async function verifyTokens(place: Place): Promise<void> {
  const client = clientOf(place)
  const { tenantId, baseUrl: authSecUrl } = place
  const verifier = createDelegationVerifier({ authSecUrl, tenantId, audience: 'authsec-api' })
  try {
    const { value: token } = await client.getDelegationToken()
    const { client_id } = await verifier.verify(token, { permissions: ['records:read'] })
    assertSame('client_id', client_id, place.clientId)
    const [header, payload] = token.split('.')
    const forged = `${header}.${payload}.${'A'.repeat(342)}`
    await assertRejected(verifier.verify(forged), 'token_invalid')
    await assertRejected(verifier.verify('not.a.token'), 'token_malformed')
    await assertRejected(
      verifier.verify(token, { permissions: ['records:delete'] }),
      'insufficient_permission',
    )
  } finally {
    await client.close()
  }
}

async function assertRejected(verification: Promise<unknown>, code: string): Promise<void> {
  const error: unknown = await verification.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!VerificationError.isInstance(error)) {
    throw new Error(`A token that is ${code} was not rejected. ${String(error)}`)
  }
  assertSame('code', error.code, code)
}

export function clientOf({
  baseUrl,
  vaultUrl,
  clientId,
}: Place): ReturnType<typeof createAuthSecClient> {
  return createAuthSecClient({
    baseUrl,
    clientId,
    resources: [
      {
        name: 'vault',
        baseUrl: vaultUrl,
        methods: ['GET', 'POST'],
        permission: 'records:read',
      },
    ],
    ciba: { loginHint: 'approver@example.com' },
  })
}

/** No error repeats a client ID: what differs is named. */
export function assertSame(what: string, actual: unknown, expected: unknown): void {
  if (actual === expected) return
  throw new Error(what === 'client_id' ? 'Another client_id.' : `${what} is ${String(actual)}.`)
}
