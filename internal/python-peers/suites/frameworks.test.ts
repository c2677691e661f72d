import { describe, expect, test } from 'vitest'
import { isMissing, startSession } from '../src/run-script.ts'

describe.skipIf(isMissing)('the packages for CrewAI, LlamaIndex and AutoGen', () => {
  test('read the vault in the envelope of their demonstrations', async () => {
    await using session = await startSession('framework_helpers.py', { vaultEnvelope: true })
    const report = await session.script.next()
    expect(report).toMatchObject({
      fetched: { status: 'success', data: { mfa_coverage_percent: expect.any(Number) } },
      answer: { status: 'success' },
      is_mock: [false, false, false],
    })
    const documents = report['documents'] as { text: string; metadata: object }[]
    expect(documents.length).toBeGreaterThan(10)
    expect(documents[0]?.text).toMatch(/^Record ID: rec-\d{4}\nSubject: (?!N\/A)/)
    expect(documents[0]?.metadata).toMatchObject({ clearance_required: 'confidential' })
    // Three clients, and one token: each of them pulls it once.
    expect(session.pulls()).toBe(3)
    expect(session.emulator.control.issuedTokens).toHaveLength(1)
  })

  test('cannot read the vault without the envelope', async () => {
    await using session = await startSession('framework_helpers.py')
    const { documents, is_mock } = await session.script.next()
    expect(documents).toMatchObject([
      { text: expect.stringMatching(/^ERROR/), metadata: { status: 'failed' } },
    ])
    expect(is_mock).toEqual([false, false, false])
  })

  test.each([
    ['without a permission', { permissions: ['other:read'] }],
    ['for another audience', { audience: 'other-api' }],
  ])('turn to invented data after a refusal %s (contract 8)', async (_name, options) => {
    await using session = await startSession('framework_helpers.py', {
      vaultEnvelope: true,
      ...options,
    })
    const { is_mock, fetched } = await session.script.next()
    expect(is_mock).toEqual([true, true, true])
    expect(fetched).toMatchObject({ data: { q2_revenue_target: expect.any(String) } })
  })
})
