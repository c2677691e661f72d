import { testClient } from '@authsec-internal/test-kit'
import { expect, it } from 'vitest'
import { type ContractHarness, TOOL_NAME } from './harness.ts'
import { setUp } from './set-up.ts'

const METRICS = { path: /metrics/ }

/** The protected API rejects a call, fails, answers late or sends too much. */
export function describeFailures(harness: ContractHarness): void {
  it('a token that the API rejects is replaced by a newer one, once', async () => {
    await using setup = await setUp(harness)
    await setup.runTurn()
    setup.emulator.control.delegate()
    setup.emulator.control.failNext({ kind: 'status', status: 401 }, METRICS)
    const { outcome } = await setup.runTurn()
    expect(outcome).toMatchObject({ ok: true, status: 200 })
    expect([setup.tokenCalls(), setup.vaultCalls()]).toEqual([2, 3])
  })

  it('a token that the API rejects is not sent again when there is no newer one', async () => {
    await using setup = await setUp(harness)
    setup.emulator.control.failNext({ kind: 'status', status: 401 }, { ...METRICS, times: 2 })
    const { outcome } = await setup.runTurn()
    expect(outcome).toMatchObject({ ok: false, code: 'unauthorized' })
    expect(setup.vaultCalls()).toBe(1)
  })

  it.each([
    [403, 'forbidden', false],
    [404, 'not_found', false],
    [429, 'rate_limited', true],
    [500, 'server_error', true],
    [503, 'server_error', true],
  ])('the status %i gives the outcome %s', async (status, code, retryable) => {
    await using setup = await setUp(harness)
    const body = { error: 'internal detail at db-7.internal' }
    const fault = { kind: 'status', status, body } as const
    setup.emulator.control.failNext(fault, { ...METRICS, times: 5 })
    const { outcome } = await setup.runTurn()
    if (outcome.ok) throw new Error('The call succeeded.')
    expect(outcome).toMatchObject({ ok: false, code, retryable })
    expect(outcome.message).not.toContain('db-7')
    // The reason of a 4xx helps the model; that of a 5xx is for the operator.
    expect(outcome.detail).toBe(status < 500 ? body.error : undefined)
  })

  it('the reason of the API is data beside our message, unless the developer turns it off', async () => {
    await using setup = await setUp(harness)
    const body = { error: 'amount must be positive' }
    const fault = { kind: 'status', status: 422, body } as const
    setup.emulator.control.failNext(fault, { ...METRICS, times: 2 })
    const { answers } = await setup.runTurn()
    expect(JSON.parse(String(answers[0]))).toEqual({
      ok: false,
      code: 'bad_request',
      message: 'The API did not accept the arguments. (HTTP 422)',
      retryable: false,
      detail: 'amount must be positive',
      untrusted: true,
    })
    const options = { name: TOOL_NAME, errorDetail: false }
    const quiet = await setup.runTurn({ tool: { kind: 'secure fetch', options } })
    expect(JSON.stringify(quiet.outcome)).not.toContain('amount')
  })

  it('an API that does not answer in time gives the outcome timeout', async () => {
    await using setup = await setUp(harness)
    const resources = [{ name: 'vault', baseUrl: setup.emulator.vaultUrl, timeoutMs: 200 }]
    const impatient = testClient(setup.emulator, { resources })
    setup.emulator.control.failNext({ kind: 'hang' }, { ...METRICS, times: 5 })
    const { outcome } = await setup.runTurn({ client: impatient })
    expect(outcome).toMatchObject({ ok: false, code: 'timeout', retryable: true })
  })

  it('a response that is too large is refused before it is read to its end', async () => {
    await using setup = await setUp(harness)
    const bytes = 5_000_000
    setup.emulator.control.failNext({ kind: 'oversize', bytes }, { ...METRICS, times: 5 })
    const { outcome } = await setup.runTurn()
    expect(outcome).toMatchObject({ ok: false, code: 'response_too_large' })
  })

  it('an HTML page instead of JSON gives an outcome without the page', async () => {
    await using setup = await setUp(harness)
    setup.emulator.control.failNext({ kind: 'html' }, METRICS)
    const { outcome } = await setup.runTurn()
    expect(outcome.ok).toBe(false)
    expect(JSON.stringify(outcome)).not.toContain('<')
  })
}
