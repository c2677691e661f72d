import { describe, expect, test } from 'vitest'
import { isMissing, startSession } from '../src/run-script.ts'

describe.skipIf(isMissing)('approvals of authsec-langchain-sdk', () => {
  test('are approved or denied at once', async () => {
    for (const [approvals, expected] of [
      ['approve', { value: expect.stringMatching(/^ey/) }],
      ['deny', { error: 'CIBADeniedError' }],
    ] as const) {
      await using session = await startSession('langchain_approval.py', { approvals })
      expect(await session.script.next()).toMatchObject({ approval: expected })
      expect(session.emulator.control.approvals()).toMatchObject([
        { user: 'approver@example.com', bindingMessage: 'Export 3 records' },
      ])
    }
  })

  test('wait for a person, and end with the person or with their own limit', async () => {
    await using session = await startSession('langchain_approval.py')
    const approval = session.script.next()
    const { control } = session.emulator
    await expect.poll(() => control.approvals().length, { timeout: 30_000 }).toBe(1)
    control.approve()
    const { value } = (await approval)['approval'] as { value: string }
    expect(control.issuedSecrets).toContain(value)
    await using late = await startSession('langchain_approval.py', {}, () => ({
      POLL_TIMEOUT: '0.5',
    }))
    expect(await late.script.next()).toMatchObject({ approval: { error: 'CIBATimeoutError' } })
  })

  test.each(['stranger@example.com', 'nodevice@example.com'])(
    'report that %s cannot be asked, although one answer has the status 200',
    async (email) => {
      await using session = await startSession('langchain_approval.py', {}, () => ({
        LOGIN_HINT: email,
      }))
      expect(await session.script.next()).toMatchObject({ approval: { error: 'DelegationError' } })
    },
  )

  test('with a tenant use a path that no server has (contract 3.1)', async () => {
    await using session = await startSession('langchain_approval.py', {}, ({ tenantId }) => ({
      AUTHSEC_TENANT_ID: tenantId,
    }))
    expect(await session.script.next()).toMatchObject({
      approval: { error: 'DelegationError', text: expect.stringMatching('404 page not found') },
    })
  })
})

describe.skipIf(isMissing)('approvals of authsec-sdk', () => {
  const EMAIL = 'nodevice@example.com'

  test('register a device, ask its user, answer and collect the token once', async () => {
    await using session = await startSession('sdk_approval.py', {}, async ({ control }) => ({
      EMAIL,
      USER_TOKEN: await control.userToken(EMAIL),
    }))
    expect(await session.script.next()).toMatchObject({
      without_device: { error: 'no_device_registered' },
      registered: { success: true },
      asked: { interval: 5, expires_in: 300 },
    })
    expect(await session.script.next()).toMatchObject({
      before: { status: 'timeout' },
      responded: { success: true },
      after: { status: 'approved', token: expect.stringMatching(/^ey/) },
      again: { status: 'expired_token' },
    })
  })

  test('with a client ID use the path of the newer server, which wants a client secret', async () => {
    const env = ({ cibaClientId }: { cibaClientId: string }): Record<string, string> => ({
      ...{ EMAIL, USER_TOKEN: 'none', WORKSPACE_CLIENT_ID: cibaClientId },
    })
    await using april = await startSession('sdk_approval.py', {}, env)
    expect(await april.script.next()).toMatchObject({ asked: { success: false } })
    await using newer = await startSession('sdk_approval.py', { profile: 'workspace' }, env)
    expect(await newer.script.next()).toMatchObject({ asked: { error: 'invalid_client' } })
  })
})
